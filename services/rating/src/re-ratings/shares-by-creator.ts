import type { Nanos } from '@farthing/domain/money/nanos';
import type { Share } from '@farthing/domain/rating/split-charge';

/** What a creator has of a charge and would have, in however many shares. */
export interface CreatorAmounts {
  before: Nanos;
  after: Nanos;
}

/** Of each creator that is in either. */
export function sharesByCreator(
  before: readonly Share[],
  after: readonly Share[],
): Map<string, CreatorAmounts> {
  const amounts = new Map<string, CreatorAmounts>();
  const of = (creator: string) => {
    const known = amounts.get(creator) ?? { before: 0n, after: 0n };
    amounts.set(creator, known);
    return known;
  };
  for (const share of before) of(share.creator).before += share.amountNanos;
  for (const share of after) of(share.creator).after += share.amountNanos;
  return amounts;
}
