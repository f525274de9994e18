import { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { ChargeGroup } from '../event-corrections/charge-groups.js';
import type { StoredCharge } from './stored-charges.repository.js';

/** Why a charge is not refunded, in the order in which rating looks. */
export type RefundRefusal =
  | 'charge_not_found'
  | 'not_a_usage_charge'
  | 'event_voided'
  | 'nothing_to_refund';

/** A charge, and what stands of it after what was corrected. */
export interface RefundableCharge {
  readonly charge: StoredCharge;
  /** Under each price version, cell and creators that its event was corrected to. */
  readonly groups: readonly ChargeGroup[];
  /** What all of them come to. */
  readonly leftNanos: Nanos;
  readonly isVoided: boolean;
}

/**
 * Whether a charge can be refunded at all; whether it was refunded before is what its command says. `customer` is whom
 * a record names; a command names none.
 */
export function refundRefusal(
  found: RefundableCharge | undefined,
  customer?: string,
): RefundRefusal | undefined {
  if (!found || (customer !== undefined && found.charge.customer !== customer)) {
    return 'charge_not_found';
  }
  if ((found.charge.kind as ChargeKind) !== ChargeKind.USAGE) return 'not_a_usage_charge';
  if (found.isVoided) return 'event_voided';
  // A rebate is no debt of the tenant: to refund it would charge the customer.
  return found.leftNanos > 0n ? undefined : 'nothing_to_refund';
}
