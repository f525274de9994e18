import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import { standingAmount, type StandingCharge } from './standing-charge.js';

/** Why a charge is not refunded, in the order in which rating looks. */
export type RefundRefusal = 'charge_not_found' | 'not_a_usage_charge' | 'nothing_to_refund';

/**
 * Whether a charge can be refunded at all; whether it was refunded before is what its command says. `customer` is whom
 * a record names; a command names none.
 */
export function refundRefusal(
  charge: StandingCharge | undefined,
  customer?: string,
): RefundRefusal | undefined {
  if (!charge || (customer !== undefined && charge.original.customer !== customer)) {
    return 'charge_not_found';
  }
  if ((charge.original.kind as ChargeKind) !== ChargeKind.USAGE) return 'not_a_usage_charge';
  // A rebate is no debt of the tenant: to refund it would charge the customer.
  if (standingAmount(charge) <= 0n) return 'nothing_to_refund';
  return undefined;
}
