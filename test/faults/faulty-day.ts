import { setTimeout as sleep } from 'node:timers/promises';
import { closeBefore } from '@farthing/local/demo/close-month';
import type { DemoEvent } from '@farthing/local/demo/demo-events';
import type { DemoStack, DemoTenant } from '@farthing/local/demo/demo-stack';
import { readEventCounts } from '@farthing/local/demo/event-counts';
import { priceLog } from '@farthing/local/demo/price-log';
import { provisionTenant } from '@farthing/local/demo/provision-tenant';
import { readCharges } from '@farthing/local/demo/read-books';
import { readInvoices, readStatements } from '@farthing/local/demo/read-documents';
import { readLedger } from '@farthing/local/demo/read-ledger';
import type { DemoInput, DemoResult } from '@farthing/local/demo/run-demo';
import { sendDay, type SentDay } from '@farthing/local/demo/send-day';
import { Door } from '../stack/door.js';
import type { FaultInjector } from './fault-injector.js';
import type { Fault, Random } from './fault-plan.js';
import { effectsOf, type Effects } from './effects.js';

export interface FaultyDay {
  readonly input: DemoInput;
  readonly random: Random;
  /** While the day is sent and rated, one a part of it. */
  readonly whileSending: readonly Fault[];
  /** While its month is closed, one after the other. */
  readonly whileClosing: readonly Fault[];
}

const INTO_A_PART_MS = 1_500;
const INTO_CLOSING_MS = 500;

/** Plays a day as the demo does, with faults at moments that the seed decides, and reads the books afterwards. */
export async function playUnderFaults(
  place: DemoStack,
  injector: FaultInjector,
  day: FaultyDay,
): Promise<DemoResult> {
  const { input } = day;
  const tenant = await provisionTenant(place, input.tenantId, input.tariff);
  const sent = await sendUnderFaults(place, tenant, injector, day);
  const [run] = await Promise.all([
    // Not waiting until all is rated: what is complete is the barrier's business.
    closeBefore(tenant, input.month.to, () => undefined),
    injectAll(injector, day),
  ]);
  const counts = await readEventCounts(tenant);
  const charges = await readCharges(tenant, input.tariff);
  const statements = await readStatements(tenant, run, () => undefined);
  const invoices = await readInvoices(tenant, run);
  const { net, paid, carriedForward, residual } = invoices;
  const tieOut = {
    log: await priceLog(place, tenant),
    rating: charges.total,
    ledger: await readLedger(tenant),
    statements: statements.leaves,
    invoices: net + paid + carriedForward + residual,
  };
  return {
    tenant,
    run: run.id,
    sent,
    counts,
    duplicates: counts.duplicate,
    rejected: counts.rejected + sent.rejected,
    charges,
    statements,
    invoices,
    tieOut,
  };
}

async function sendUnderFaults(
  place: DemoStack,
  tenant: DemoTenant,
  injector: FaultInjector,
  { input, random, whileSending }: FaultyDay,
): Promise<SentDay> {
  const events: DemoEvent[] = [];
  for await (const event of input.events()) events.push(event);
  const size = Math.ceil(events.length / Math.max(whileSending.length, 1));
  let total: SentDay = { sent: 0, rejected: 0, reasons: {} };
  for (let at = 0, part = 0; at < events.length; at += size, part += 1) {
    const fault = whileSending[part];
    const [sent] = await Promise.all([
      sendDay(place, tenant, events.slice(at, at + size)),
      fault && sleep(random() * INTO_A_PART_MS).then(() => injector.inject(fault)),
    ]);
    total = {
      sent: total.sent + sent.sent,
      rejected: total.rejected + sent.rejected,
      reasons: { ...total.reasons, ...sent.reasons },
    };
  }
  return total;
}

async function injectAll(
  injector: FaultInjector,
  { random, whileClosing }: FaultyDay,
): Promise<void> {
  for (const fault of whileClosing) {
    await sleep(random() * INTO_CLOSING_MS);
    await injector.inject(fault);
  }
}

/** Every event and price that must have one charge, against the charges that there are. */
export async function chargedEffects(
  place: DemoStack,
  { input, tenant }: { readonly input: DemoInput; readonly tenant: DemoTenant },
): Promise<Effects> {
  const expected = new Set<string>();
  for await (const { text } of input.events()) {
    for (const price of pricesOf(text, input)) expected.add(price);
  }
  const charges = await new Door(place.baseUrl, tenant.key).list<{
    source: string;
    event: string;
    price: string;
  }>('/v1/charges?limit=1000');
  const found = charges.map(({ source, event, price }) => `${source} ${event} ${price}`);
  return effectsOf(expected, found);
}

interface SentEvent {
  readonly id?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly type?: string;
  readonly time?: string;
  readonly data?: { readonly status?: number };
}

/** The prices under which an event is charged, told from the event and the tariff alone; malformed ones have none. */
function pricesOf(text: string, { tariff }: DemoInput): string[] {
  let event: SentEvent;
  try {
    event = JSON.parse(text) as SentEvent;
  } catch {
    return [];
  }
  const { id, source, subject, type, time, data } = event;
  if (!id || !subject || !type || data?.status !== 200 || !isDate(time)) return [];
  return tariff.meters
    .filter(({ eventTypes }) => eventTypes.includes(type))
    .map(({ key }) => `${source} ${id} ${key}`);
}

/** `Date` takes 30 February for 2 March. */
function isDate(time: string | undefined): boolean {
  const at = new Date(time ?? '');
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === time?.slice(0, 10);
}
