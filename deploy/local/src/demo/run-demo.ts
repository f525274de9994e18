import { closeBefore } from './close-month.js';
import type { DemoEvent, DemoMonth } from './demo-events.js';
import type { DemoStack, DemoTenant } from './demo-stack.js';
import { readEventCounts, waitUntilRated, type EventCounts } from './event-counts.js';
import { priceLog } from './price-log.js';
import { provisionTenant } from './provision-tenant.js';
import { readCharges, type ChargeBooks } from './read-books.js';
import {
  readInvoices,
  readStatements,
  type InvoiceBooks,
  type StatementBooks,
} from './read-documents.js';
import { readLedger } from './read-ledger.js';
import { sendDay, type SentDay } from './send-day.js';
import type { Tariff } from './tariff.js';

export interface DemoInput {
  readonly tenantId: string;
  readonly tariff: Tariff;
  readonly month: DemoMonth;
  readonly events: () => AsyncIterable<DemoEvent> | Iterable<DemoEvent>;
}

/** Everything that a demo found, from each place that can know it. */
export interface DemoResult {
  readonly tenant: DemoTenant;
  readonly run: string;
  readonly sent: SentDay;
  /** Over all times that this demo ran. */
  readonly counts: EventCounts;
  /** This time. */
  readonly duplicates: number;
  readonly rejected: number;
  readonly charges: ChargeBooks;
  readonly statements: StatementBooks;
  readonly invoices: InvoiceBooks;
  /** The same money found five ways, in nano-units. */
  readonly tieOut: {
    readonly log: bigint;
    readonly rating: bigint;
    readonly ledger: bigint;
    readonly statements: bigint;
    readonly invoices: bigint;
  };
}

/** Sends a day through both doors, closes its month and reads the books; `report` is told what happens. */
export async function runDemo(
  stack: DemoStack,
  input: DemoInput,
  report: (line: string) => void,
): Promise<DemoResult> {
  const tenant = await provisionTenant(stack, input.tenantId, input.tariff);
  report(`tenant ${tenant.id}: meters, prices and plan are in force`);
  const before = await readEventCounts(tenant);
  const { sent, counts } = await sendAndRate(stack, tenant, input, before, report);
  const run = await closeBefore(tenant, input.month.to, ({ state, partitions, customers }) =>
    report(
      `closing ${input.month.name}: ${state}, ${partitions.passed} of ${partitions.of} partitions, ` +
        `${customers.done} of ${customers.of} customers`,
    ),
  );
  const charges = await readCharges(tenant, input.tariff);
  const statements = await readStatements(tenant, run, (verified) =>
    report(`${verified} statements verified`),
  );
  const invoices = await readInvoices(tenant, run);
  const { net, paid, carriedForward, residual } = invoices;
  const tieOut = {
    log: await priceLog(stack, tenant),
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
    duplicates: counts.duplicate - before.duplicate,
    rejected: counts.rejected - before.rejected + sent.rejected,
    charges,
    statements,
    invoices,
    tieOut,
  };
}

async function sendAndRate(
  stack: DemoStack,
  tenant: DemoTenant,
  input: DemoInput,
  before: EventCounts,
  report: (line: string) => void,
): Promise<{ sent: SentDay; counts: EventCounts }> {
  let sent: SentDay | undefined;
  const sending = sendDay(stack, tenant, input.events()).then((day) => (sent = day));
  // What the HTTP door refused at once never reaches rating.
  const wanted = () => (sent ? sent.sent - sent.rejected : undefined);
  const rating = waitUntilRated(tenant, before, wanted, (ended) =>
    report(`${ended} events rated${sent ? ` of ${sent.sent - sent.rejected}` : ''}`),
  );
  const [day, counts] = await Promise.all([sending, rating]);
  return { sent: day, counts };
}
