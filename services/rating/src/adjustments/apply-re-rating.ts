import type {
  Adjustment as AdjustmentMessage,
  ApplyReRating,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { NumberedPrice } from '@farthing/domain/rating/price-book';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import type { RatingWork } from '../rate-batch/apply-events.js';
import type { Effects } from '../rate-batch/effects.js';
import { insertReRatingRecord } from '../re-ratings/records.repository.js';
import { creatorsUnder } from '../re-ratings/work-out-corrections.js';
import { claimCommand } from '../sealing/sealing.repository.js';
import type { Adjustment } from './adjustment.js';
import { idOfRow } from '../charges/charge-row.js';
import { applyAdjustments } from './apply-adjustments.js';
import { ReRatedPeriods } from './re-rated-periods.js';
import {
  findStandingCharges,
  isMoved,
  standingAmount,
  type StandingCharge,
} from './standing-charge.js';
import type { StoredCharge } from './stored-charges.repository.js';

/**
 * Makes the adjustments of a re-rating. Those of a charge that no longer comes to what the diff saw are left out: it was
 * refunded or its event corrected meanwhile, or another re-rating came first; and those that a settled minimum takes up.
 * The same command again does nothing.
 */
export async function applyReRating(
  work: RatingWork,
  offset: bigint,
  record: ApplyReRating,
): Promise<Effects | undefined> {
  const { tx, partition } = work;
  const { tenant, commandId, reRatingId } = record;
  if (!(await claimCommand(tx, { tenant, partition, commandId, offset }))) return undefined;
  const wanted = [...byCharge(record.adjustments)];
  const ids = wanted.map(([id]) => id);
  const charges = await selectCharges(work, record, ids);
  const prices = new RecordPrices(work, tenant);
  const customer = work.state.customerOf(tenant, record.customer);
  const originals = [...charges.values()].map(({ original }) => original);
  const periods = await ReRatedPeriods.load(work, customer, originals);
  const leftOut: string[] = [];
  const made = wanted.flatMap(([id, parts]) => {
    const charge = charges.get(id);
    const seen = parts[0]!.beforeNanos;
    const isAsSeen = charge && standingAmount(charge) === seen && !isMoved(charge);
    const repriced = isAsSeen ? prices.repricedBy(charge.original, parts) : undefined;
    const by = parts.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
    if (repriced && periods.move(charge!.original, by)) return repriced;
    leftOut.push(id);
    return [];
  });
  const adjusted = wanted.length - leftOut.length;
  await insertReRatingRecord(tx, { tenant, id: reRatingId, commandId, adjusted, leftOut });
  if (made.length === 0) return undefined;
  const { numbers } = work.context;
  if (numbers.areMissing) await numbers.learn();
  const adjustments = made.map(({ named, creators, ...adjustment }): Adjustment => {
    const { price, number } = named;
    return { ...adjustment, repriced: { price, number, creators } };
  });
  const also = (effects: Effects) => periods.carryOut(effects);
  return applyAdjustments(work, { offset, adjustments, also });
}

function byCharge(adjustments: readonly AdjustmentMessage[]): Map<string, AdjustmentMessage[]> {
  const wanted = new Map<string, AdjustmentMessage[]>();
  for (const adjustment of adjustments) {
    const known = wanted.get(adjustment.chargeId);
    if (known) known.push(adjustment);
    else wanted.set(adjustment.chargeId, [adjustment]);
  }
  return wanted;
}

/** By id: usage charges of the record's customer. A charge of another partition is none of a customer of this one. */
async function selectCharges(
  { tx, partition }: RatingWork,
  { tenant, customer }: ApplyReRating,
  ids: readonly string[],
): Promise<Map<string, StandingCharge>> {
  const origins = ids.flatMap((id) => {
    const origin = parseChargeId(id);
    return origin?.partition === partition ? [origin] : [];
  });
  const charges = await findStandingCharges(tx, tenant, origins);
  const own = charges.filter(
    ({ original }) => original.customer === customer && original.corrects === null,
  );
  return new Map(own.map((charge) => [idOfRow(charge.original), charge]));
}

interface UnnumberedAdjustment extends Omit<Adjustment, 'repriced'> {
  readonly named: NumberedPrice;
  readonly creators: readonly string[];
}

/** The price versions that a record names, each asked for its number once. */
class RecordPrices {
  readonly #named = new Map<string, NumberedPrice>();

  constructor(
    private readonly work: RatingWork,
    private readonly tenant: string,
  ) {}

  /** Undefined when one of the versions cannot be what it is to be: no diff finds such a one. */
  repricedBy(
    original: StoredCharge,
    parts: readonly AdjustmentMessage[],
  ): UnnumberedAdjustment[] | undefined {
    const { view } = this.work.context;
    const adjustments: UnnumberedAdjustment[] = [];
    for (const { price: key, priceVersion, amountNanos } of parts) {
      const price = view.price(this.tenant, key, priceVersion);
      if (!price || price.currency !== original.currency) return undefined;
      const creators = creatorsUnder(original, price, view);
      if (!creators) return undefined;
      const named = this.#nameOf({ price, cell: original.cell ?? '', number: 0 });
      adjustments.push({ original, amountNanos, named, creators });
    }
    return adjustments;
  }

  #nameOf(fresh: NumberedPrice): NumberedPrice {
    const { price, cell } = fresh;
    const name = `${price.key}\u0000${price.version}\u0000${cell}`;
    const named = this.#named.get(name) ?? fresh;
    this.#named.set(name, named);
    this.work.context.numbers.price(named);
    return named;
  }
}
