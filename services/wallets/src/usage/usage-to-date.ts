import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import type { Quantity } from '@farthing/domain/metering/quantity';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';

/** What charges did to one price of a customer's usage period. */
export interface UsageMove {
  readonly tenant: string;
  readonly customer: string;
  readonly usageFrom: Micros;
  readonly usageTo: Micros;
  readonly price: string;
  /** Canonical JSON of the cell's values; '' for a price without cells. */
  readonly cell: string;
  /** After the last of them. */
  quantity: Quantity;
  /** Their telescoped cost: without what quotes made of it. */
  amount: Nanos;
}

/** The moves of charges in order of their position: of use, and of voids and corrections, which move a quantity, too. */
export function usageMoves(charges: Iterable<RatedCharge>): UsageMove[] {
  const moves = new Map<string, UsageMove>();
  for (const charge of charges) {
    if (!movesUsage(charge)) continue;
    const { tenant, customer, usageFrom, usageTo, price, cell } = charge;
    const quantity = charge.quantityAfter;
    const amount = charge.amountNanos - charge.quoteDifferenceNanos;
    const key = `${tenant}\u0000${customer}\u0000${usageFrom}\u0000${price}\u0000${cell}`;
    const move = moves.get(key);
    if (!move) {
      moves.set(key, { tenant, customer, usageFrom, usageTo, price, cell, quantity, amount });
      continue;
    }
    move.quantity = quantity;
    move.amount += amount;
  }
  return [...moves.values()];
}

/** A refund gives back an amount and no quantity: what comes after it costs what it would have cost. */
function movesUsage({ kind, quantityBefore, quantityAfter }: RatedCharge): boolean {
  return (
    kind === ChargeKind.USAGE ||
    (kind === ChargeKind.ADJUSTMENT && quantityBefore !== quantityAfter)
  );
}
