import type { Nanos } from '@farthing/domain/money/nanos';
import type { Quantity } from '@farthing/domain/metering/quantity';
import { idOfRow } from '../charges/charge-row.js';
import type { StoredCharge } from '../adjustments/stored-charges.repository.js';

/** Charges of one event under one price version, cell, usage period and creators: what it still comes to there. */
export interface ChargeGroup {
  /** The last of them. */
  readonly charge: StoredCharge;
  /** The charge of usage that they are, or correct. */
  readonly corrects: string;
  /** How far the event moved the accumulator, by now. */
  readonly moved: Quantity;
  readonly amountNanos: Nanos;
  /** What of that a quote made. */
  readonly quoteDifferenceNanos: Nanos;
  /** Whether what stands of the event in its accumulator is of this group: others were replaced. */
  readonly stands: boolean;
}

/** In the order in which each group first had a charge. */
export function chargeGroups(charges: readonly StoredCharge[]): ChargeGroup[] {
  const groups = new Map<string, Omit<ChargeGroup, 'stands'>>();
  const standing = new Map<string, string>();
  for (const charge of charges) {
    const key = groupKey(charge);
    const known = groups.get(key);
    standing.set(accumulatorKey(charge), key);
    const moved = BigInt(charge.quantity_after) - BigInt(charge.quantity_before);
    groups.set(key, {
      charge,
      corrects: known?.corrects ?? charge.corrects ?? idOfRow(charge),
      moved: (known?.moved ?? 0n) + moved,
      amountNanos: (known?.amountNanos ?? 0n) + BigInt(charge.amount),
      quoteDifferenceNanos:
        (known?.quoteDifferenceNanos ?? 0n) + BigInt(charge.quote_difference ?? 0),
    });
  }
  return [...groups].map(([key, group]) => ({
    ...group,
    stands: standing.get(accumulatorKey(group.charge)) === key,
  }));
}

function accumulatorKey({ price, cell, usage_from }: StoredCharge): string {
  return [price, cell ?? '', usage_from].join('\u0000');
}

function groupKey({ price, price_version, cell, usage_from, creators }: StoredCharge): string {
  return [price, price_version, cell ?? '', usage_from, creators ?? ''].join('\u0000');
}
