import type { StandingReading } from '@farthing/domain/metering/latest-reading';
import type { Aggregation } from '@farthing/domain/metering/meter';
import type { Micros } from '@farthing/domain/period/micros';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';
import { priceOf } from '../charges/charge-row.js';
import type { Customer } from '../customers/customer.js';
import { loadSeenValues, type SeenOfPeriod } from '../customers/seen-values.repository.js';
import { loadUnlocks } from '../customers/unlocks.repository.js';
import type { RatingWork } from '../rate-batch/apply-events.js';
import type { RatingContext } from '../rate-batch/rating-context.js';
import { numbersOf, type CorrectedEvent } from './corrected-event.js';
import {
  selectLatestOther,
  selectOtherReadings,
  selectReadingsOf,
  type KeptReading,
} from './kept-readings.repository.js';
import type { PricedUse } from './price-replacement.js';
import { valueOfPart } from './value-part.js';

/** What the event and others said that no charge says. */
export interface CorrectionReadings {
  readonly own: readonly KeptReading[];
  /** Under the prices and parts of its own, in the order of the log; without those of the latest reading. */
  readonly others: readonly KeptReading[];
  /** By those of its own that are of the latest reading: the latest one of the others, if there is one. */
  readonly latestOthers: ReadonlyMap<KeptReading, StandingReading | undefined>;
  readonly offset: bigint;
  readonly index: number;
}

/** Of the event that is corrected and of what replaces it. The periods that they name must be loaded. */
export interface CorrectedUses {
  readonly customer: Customer;
  readonly uses: readonly PricedUse[];
  /** When what replaces it occurred. */
  readonly occurredAt: Micros | undefined;
}

/** Loads it, and into memory the items and values that the event and what replaces it name. */
export async function loadReadings(
  { tx, context }: RatingWork,
  corrected: CorrectedEvent,
  { customer, uses, occurredAt }: CorrectedUses,
): Promise<CorrectionReadings> {
  const event = numbersOf(corrected);
  const { offset, index } = event;
  const own = await selectReadingsOf(tx, event);
  const meters = new Map<string, Aggregation>();
  const unlocks = new Set<string>();
  for (const charge of corrected.moves) {
    meters.set(charge.price, aggregationOf(charge, context));
    if (priceOf(charge, context.view).model.kind === 'unlock') unlocks.add(charge.price);
  }
  const isOf = (aggregation: Aggregation) => (kept: KeptReading) =>
    meters.get(kept.price) === aggregation;
  const latest = own.filter(isOf('latest'));
  const parts = own.filter((kept) => !latest.includes(kept));
  const others = parts.length === 0 ? [] : await selectOtherReadings(tx, event, parts);
  const latestOthers = new Map<KeptReading, StandingReading | undefined>();
  for (const kept of latest) {
    latestOthers.set(kept, await selectLatestOther(tx, kept, corrected.position.partition));
  }
  await loadUnlocks(tx, [
    ...own
      .filter(({ price }) => unlocks.has(price))
      .map(({ price, part }) => ({ customer, price, item: part })),
    ...uses.flatMap(({ item, priced }) =>
      item === undefined ? [] : [{ customer, price: priced.price, item }],
    ),
  ]);
  const counted = own.filter(isOf('unique'));
  await loadSeenValues(tx, [
    ...counted.flatMap(({ price, part, usageFrom }) =>
      seenAt(customer, usageFrom, { price, ...valueOfPart(part) }),
    ),
    ...uses.flatMap(({ digest, booked: { price, cell } }) =>
      digest === undefined || occurredAt === undefined
        ? []
        : seenAt(customer, occurredAt, { price: price.key, cell, digest }),
    ),
  ]);
  return { own, others, latestOthers, offset, index };
}

/** By the meter of a charge; it never changes. */
export function aggregationOf(
  { tenant, meter }: Pick<StoredCharge, 'tenant' | 'meter'>,
  { view }: RatingContext,
): Aggregation {
  return view.meterAt(tenant, meter, view.version)?.aggregation ?? 'sum';
}

/** None where no period was opened: there nothing was seen. */
function seenAt(
  customer: Customer,
  at: Micros,
  name: Pick<SeenOfPeriod, 'price' | 'cell' | 'digest'>,
): SeenOfPeriod[] {
  const period = customer.openedPeriodAt(at);
  return period ? [{ customer, period, ...name }] : [];
}
