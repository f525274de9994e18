import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { StoredCharge } from './stored-charges.repository.js';

/** Why a charge is not refunded, in the order in which rating looks. */
export type RefundRefusal = 'charge_not_found' | 'not_a_usage_charge' | 'nothing_to_refund';

/**
 * Whether a charge can be refunded at all; whether it was refunded before is what its command says. `customer` is whom
 * a record names; a command names none.
 */
export function refundRefusal(
  charge: StoredCharge | undefined,
  customer?: string,
): RefundRefusal | undefined {
  if (!charge || (customer !== undefined && charge.customer !== customer)) {
    return 'charge_not_found';
  }
  if ((charge.kind as ChargeKind) !== ChargeKind.USAGE) return 'not_a_usage_charge';
  // A rebate is no debt of the tenant: to refund it would charge the customer.
  if (BigInt(charge.amount) <= 0n) return 'nothing_to_refund';
  return undefined;
}
