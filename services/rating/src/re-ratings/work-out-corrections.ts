import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AdjustmentSchema } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Price } from '@farthing/domain/pricing/price';
import { creatorsBetween } from '@farthing/domain/rating/re-rate-charge';
import { areSharedAlike, splitCharge, type Share } from '@farthing/domain/rating/split-charge';
import type { StandingCharge } from '../adjustments/standing-charge.js';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';
import { creatorsFromColumn, idOfRow, priceOf } from '../charges/charge-row.js';

/** An adjustment as a control record has it. */
export type AdjustmentInit = MessageInitShape<typeof AdjustmentSchema>;

/**
 * What makes a charge cost `after` by another price version, for its customer and for each creator: one adjustment of
 * the difference where its shares are just what the creators lack. Where they are not, since the split rule is another
 * or a nano-unit falls to somebody else, what the charge came to is taken back by the version that it stands under, and charged anew.
 */
export function workOutCorrection(
  charge: StandingCharge,
  {
    before,
    after,
    price,
  }: { readonly before: Nanos; readonly after: Nanos; readonly price: Price },
  view: CatalogView,
): AdjustmentInit[] {
  const { original } = charge;
  const id = idOfRow(original);
  const adjustment = (amountNanos: Nanos, { version }: Pick<Price, 'version'>) => ({
    chargeId: id,
    amountNanos,
    price: price.key,
    priceVersion: version,
    beforeNanos: before,
  });
  const creators = creatorsUnder(original, price, view) ?? [];
  const row = charge.adjustments.at(-1) ?? original;
  const standing = priceOf(row, view);
  const had = sharesOf(standing, creatorsFromColumn(row.creators), before);
  const difference = sharesOf(price, creators, after - before);
  if (areSharedAlike([...had, ...difference], sharesOf(price, creators, after))) {
    return [adjustment(after - before, price)];
  }
  return [adjustment(-before, standing), adjustment(after, price)].filter(
    ({ amountNanos }) => amountNanos !== 0n,
  );
}

/** Of a charge under another version than the one that made it; undefined when the charge does not name them. */
export function creatorsUnder(
  original: StoredCharge,
  price: Price,
  view: CatalogView,
): readonly string[] | undefined {
  const creatorsFor = creatorsBetween(priceOf(original, view).split, price.split);
  return creatorsFor?.(creatorsFromColumn(original.creators));
}

function sharesOf({ split }: Price, creators: readonly string[], amount: Nanos): readonly Share[] {
  return splitCharge(split, creators, amount).shares;
}
