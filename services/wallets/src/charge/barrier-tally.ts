/** Charges and their sum in one currency since a tenant's last barrier in a partition. */
export interface CurrencyTally {
  readonly charges: bigint;
  readonly sumNanos: bigint;
}

/** By currency. */
export type TallySums = Map<string, CurrencyTally>;

/** What a barrier is told: sums in byte order of the currency, those without a charge left out. */
export interface BarrierFigures {
  readonly charges: bigint;
  readonly sums: readonly { readonly currency: string; readonly sumNanos: string }[];
}

/** Counts every charge, one of 0 too: it is a charge, although it posts nothing. */
export function countCharge(sums: TallySums, currency: string, amountNanos: bigint): void {
  const before = sums.get(currency) ?? { charges: 0n, sumNanos: 0n };
  sums.set(currency, {
    charges: before.charges + 1n,
    sumNanos: before.sumNanos + amountNanos,
  });
}

/** Answers the figures for a barrier and begins to count afresh. */
export function passBarrier(sums: TallySums): BarrierFigures {
  let charges = 0n;
  const told: { currency: string; sumNanos: string }[] = [];
  for (const currency of [...sums.keys()].toSorted()) {
    const counted = sums.get(currency)!;
    sums.set(currency, { charges: 0n, sumNanos: 0n });
    if (counted.charges === 0n) continue;
    charges += counted.charges;
    told.push({ currency, sumNanos: counted.sumNanos.toString() });
  }
  return { charges, sums: told };
}
