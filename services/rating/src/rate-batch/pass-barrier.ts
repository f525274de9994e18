import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { creatorsOf, splitCharge } from '@farthing/domain/rating/split-charge';
import { NO_BODY } from '../charges/charge.js';
import { ECHO_BYTES, type PlaceInLog } from '../publish-ranges/range-builder.js';
import { claimCommand, upsertSealedThrough } from '../sealing/sealing.repository.js';
import {
  insertSettledMinimums,
  type SettledMinimum,
} from '../sealing/settled-minimums.repository.js';
import { settledCatalog } from '../sealing/settled-catalog.js';
import { dueOf, nextPeriods, type DuePeriod, type DuePrice } from '../sealing/settle-periods.js';
import { selectSettlement, upsertSettlement } from '../sealing/settlements.repository.js';
import type { RatingWork } from './apply-events.js';
import { Effects } from './effects.js';
import type { LoggedBarrier } from './read-chunk.js';
import { saveEffects } from './save-effects.js';
import { usageMonthOf } from './usage-month.js';

/** What one transaction on a partition made, and the position that comes next. */
export interface AppliedStep {
  readonly next: PlaceInLog;
  readonly effects: readonly Effects[];
}

export interface BarrierWork extends Omit<RatingWork, 'otherWeeks'> {
  readonly settling: {
    /** Of the log. */
    readonly partitions: number;
    readonly periodsAtOnce: number;
  };
}

/** A step that is worked out, and saved once the tables of its charges are there. */
export interface BarrierStep {
  readonly usageMonths: readonly number[];
  readonly save: () => Promise<AppliedStep>;
}

/** Part of what a log comes to, as each chunk of minimum charges is a position: never changed within a log generation. */
export const PERIODS_AT_ONCE = 1_000;

/** All of a barrier that settles nothing. */
export async function passBarrier(
  work: Omit<BarrierWork, 'settling'>,
  logged: LoggedBarrier,
): Promise<void> {
  const { next } = await seal(work, logged);
  if (next.index > 0) throw new Error('a barrier that settles minimums is in a chunk with others');
}

/**
 * One step of a barrier. Index 0 is the sealing; where the tenant has a price with a minimum, each index from
 * 1 on is a chunk of minimum charges, by customer in byte order, until no period is left. The next is `BarrierPassed`.
 */
export async function stepBarrier(
  work: BarrierWork,
  logged: LoggedBarrier,
  index: number,
): Promise<BarrierStep> {
  if (index === 0) return { usageMonths: [], save: () => seal(work, logged) };
  const { tx, partition, context } = work;
  const { offset, barrier } = logged;
  const { tenant } = barrier;
  const catalogVersion = Number(barrier.catalogVersion);
  const settlement = await selectSettlement(tx, { tenant, partition, offset });
  const periods = await nextPeriods(tx, settlement, {
    ...work.settling,
    closesBefore: Number(barrier.closesBeforeMicros),
    settled: settledCatalog(context.view, tenant, catalogVersion),
  });
  const last = periods.at(-1);
  if (!last) return { usageMonths: [], save: async () => pass(work, logged, index) };
  const due = await dueOf(tx, periods, { book: context.book, catalogVersion });
  return {
    usageMonths: [...new Set(due.map(({ bounds }) => usageMonthOf(bounds.to - 1)))],
    save: async () => {
      const effects = await charge(work, due, { offset, index });
      // What the partition remembers of them knows nothing of this.
      for (const { customer } of periods) work.state.customers.forget(tenant, customer.id);
      const after = { customer: last.customer.id, periodFrom: last.bounds.from };
      await upsertSettlement(tx, { ...settlement, after });
      return { next: { offset, index: index + 1 }, effects: [effects] };
    },
  };
}

async function seal(
  work: Omit<BarrierWork, 'settling'>,
  logged: LoggedBarrier,
): Promise<AppliedStep> {
  const { tx, partition, state, context } = work;
  const { offset, barrier } = logged;
  const { tenant, runId } = barrier;
  const commandId = barrier.commandId === '' ? runId : barrier.commandId;
  if (!(await claimCommand(tx, { tenant, partition, commandId, offset }))) {
    return { next: { offset: offset + 1n, index: 0 }, effects: [] };
  }
  const through = Number(barrier.closesBeforeMicros);
  const sealedBefore = state.sealedThrough.get(tenant);
  const isAhead = sealedBefore === undefined || through > sealedBefore;
  if (isAhead) state.sealedThrough.set(tenant, through);
  await upsertSealedThrough(tx, { tenant, partition, through });
  const { prices } = settledCatalog(context.view, tenant, Number(barrier.catalogVersion));
  if (!isAhead || prices.length === 0) return pass(work, logged, 1);
  const after = { customer: '', periodFrom: 0 };
  await upsertSettlement(tx, { tenant, partition, offset, sealedBefore, after });
  return { next: { offset, index: 1 }, effects: [] };
}

/** Says what passed since the tenant's last barrier, minimum charges included. */
function pass(
  { state, ranges }: Pick<BarrierWork, 'state' | 'ranges'>,
  { offset, barrier }: LoggedBarrier,
  index: number,
): AppliedStep {
  const { runId, tenant, closesBeforeMicros } = barrier;
  const passed = state.tallies.pass(tenant);
  ranges.enter(offset, index, ECHO_BYTES);
  ranges.addEcho({
    offset,
    index,
    record: {
      case: 'barrierPassed',
      value: {
        runId,
        tenant,
        closesBeforeMicros,
        charges: BigInt(passed.reduce((sum, { charges }) => sum + charges, 0)),
        sums: passed.map(({ currency, amount }) => ({ currency, sumNanos: amount.toString() })),
      },
    },
  });
  return { next: { offset: offset + 1n, index: 0 }, effects: [] };
}

/** Makes the charges of a chunk: `n` counts them by customer and period, then price key. */
async function charge(
  work: BarrierWork,
  due: readonly DuePeriod[],
  place: PlaceInLog,
): Promise<Effects> {
  const { tx, partition, state, ranges } = work;
  const numbers = await numbersOf(work, due);
  const effects = new Effects(partition, ranges);
  const settled: SettledMinimum[] = [];
  for (const { customer, bounds, opened, prices } of due) {
    const period = opened ?? customer.open(bounds);
    if (!opened) effects.opened.push({ customer, period });
    for (const priced of prices) {
      const { named, least, amount } = priced;
      settled.push({ customer, period, price: named.price.key, least });
      if (amount === 0n) continue;
      effects.addCharge({
        ...place,
        ...numbers,
        n: effects.charges,
        tenant: customer.tenant,
        customer: customer.id,
        customerNumber: customer.number,
        usageFrom: bounds.from,
        usageTo: bounds.to,
        bookingFrom: bounds.from,
        bookingTo: bounds.to,
        // The last instant of the period: grants that were good until its end pay it.
        occurredAt: bounds.to - 1,
        usageMonth: usageMonthOf(bounds.to - 1),
        ...minimumOf(priced),
      });
    }
  }
  const chargeRows = effects.takeChargeRows();
  await saveEffects(tx, effects, { ...work, chargeRows });
  if (settled.length > 0) await insertSettledMinimums(tx, settled);
  effects.saved();
  state.tallies.addAll(effects.tallies);
  return effects;
}

/** What of a minimum charge follows from its price. It has no event; a fixed creator gets a share of it, too. */
function minimumOf({ named, quantity, amount }: DuePrice) {
  const { price } = named;
  const creators = creatorsOf(price.split, () => undefined);
  return {
    kind: ChargeKind.MINIMUM,
    corrects: '',
    source: '',
    eventId: '',
    type: '',
    meter: price.meterKey,
    price: price.key,
    priceVersion: price.version,
    priceNumber: named.number,
    cell: '',
    currency: price.currency,
    quantityBefore: quantity,
    quantityAfter: quantity,
    amountNanos: amount,
    quoteDifferenceNanos: 0n,
    isQuoted: false,
    bodyHash: NO_BODY,
    creators,
    shares: splitCharge(price.split, creators, amount).shares,
  };
}

/** Asked for again once the missing ones were learned. */
async function numbersOf({ context }: BarrierWork, due: readonly DuePeriod[]) {
  const { numbers } = context;
  const [first] = due;
  if (!first) return { tenantNumber: 0, sourceNumber: 0 };
  const { tenant } = first.customer;
  const source = { tenant, source: '', type: '' };
  numbers.tenant(tenant);
  numbers.source(source);
  for (const { prices } of due) for (const { named } of prices) numbers.price(named);
  if (numbers.areMissing) await numbers.learn();
  return { tenantNumber: numbers.tenant(tenant), sourceNumber: numbers.source(source) };
}
