import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { ChargeOrigin } from '@farthing/domain/rating/charge-id';
import { idOfRow } from '../charges/charge-row.js';
import {
  selectStoredCharges,
  selectStoredCorrecting,
  type StoredCharge,
} from './stored-charges.repository.js';

/** A charge with what was made to correct it so far, oldest first. */
export interface StandingCharge {
  readonly original: StoredCharge;
  readonly adjustments: readonly StoredCharge[];
}

/** What it comes to by now. */
export function standingAmount({ original, adjustments }: StandingCharge): Nanos {
  return [original, ...adjustments].reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** Whether its event no longer says what it said: its quantity was taken back. */
export function isMoved({ adjustments }: StandingCharge): boolean {
  return adjustments.some((row) => row.quantity_before !== row.quantity_after);
}

/** In the order in which they were asked for; those that are not there are left out. */
export async function findStandingCharges(
  tx: Transaction,
  tenant: string,
  origins: readonly ChargeOrigin[],
): Promise<StandingCharge[]> {
  const charges = await selectStoredCharges(tx, tenant, origins);
  const adjustments = new Map<string, StoredCharge[]>();
  for (const charge of charges) adjustments.set(idOfRow(charge), []);
  for (const row of await selectStoredCorrecting(tx, tenant, [...adjustments.keys()])) {
    adjustments.get(row.corrects!)!.push(row);
  }
  return charges.map((original) => ({
    original,
    adjustments: adjustments.get(idOfRow(original))!,
  }));
}
