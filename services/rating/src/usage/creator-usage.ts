import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { splitCharge } from '@farthing/domain/rating/split-charge';
import { creatorsFromColumn, priceOf } from '../charges/charge-row.js';
import type { SplitUsageRow } from './usage-report.repository.js';

export interface CreatorUsage {
  readonly creator: string;
  readonly currency: string;
  /** Nano-units. */
  amount: bigint;
  charges: number;
}

/** What creators earned, by creator and currency, in byte order. */
export function creatorUsage(
  rows: readonly SplitUsageRow[],
  { tenant, view }: { readonly tenant: string; readonly view: CatalogView },
): CreatorUsage[] {
  const found = new Map<string, CreatorUsage>();
  for (const row of rows) {
    const { split } = priceOf({ ...row, tenant }, view);
    const charges = Number(row.charges);
    // Equal amounts are split equally, so one split stands for all of them.
    for (const share of splitCharge(split, creatorsFromColumn(row.creators), BigInt(row.amount))
      .shares) {
      const id = `${share.creator}\u0000${row.currency}`;
      const usage = found.get(id);
      if (usage) {
        usage.amount += share.amountNanos * BigInt(charges);
        usage.charges += charges;
      } else {
        const amount = share.amountNanos * BigInt(charges);
        found.set(id, { creator: share.creator, currency: row.currency, amount, charges });
      }
    }
  }
  return [...found.keys()].toSorted().map((id) => found.get(id)!);
}
