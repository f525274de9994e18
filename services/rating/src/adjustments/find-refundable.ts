import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { eventKey } from '@farthing/contracts/wire/event-identity';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import { chargeGroups } from '../event-corrections/charge-groups.js';
import { isVoid } from '../event-corrections/event-correction.js';
import { selectEventCorrections } from './corrections.repository.js';
import type { RefundableCharge } from './refund-refusal.js';
import { selectStoredCharges, selectStoredCorrecting } from './stored-charges.repository.js';

/**
 * A charge with what corrected it. Where a command is taken, a void that is asked for counts as if it were applied: it
 * stands before the refund in the log.
 */
export async function findRefundable(
  tx: Transaction,
  wanted: {
    readonly tenant: string;
    readonly chargeId: string;
    /** Where it must be; absent where a command is taken. */
    readonly partition?: number;
  },
): Promise<RefundableCharge | undefined> {
  const { tenant, chargeId, partition } = wanted;
  const origin = parseChargeId(chargeId);
  if (!origin || (partition !== undefined && origin.partition !== partition)) return undefined;
  const [charge] = await selectStoredCharges(tx, tenant, [origin]);
  if (!charge) return undefined;
  const key = eventKey(tenant, charge.source, charge.event_id);
  const corrections = await selectEventCorrections(tx, tenant, key);
  const isVoided = corrections.some(
    ({ commandId, state }) =>
      isVoid(commandId) &&
      (state === 'applied' || (partition === undefined && state === 'requested')),
  );
  const groups = chargeGroups([charge, ...(await selectStoredCorrecting(tx, tenant, [chargeId]))]);
  const leftNanos = groups.reduce((sum, { amountNanos }) => sum + amountNanos, 0n);
  return { charge, groups, leftNanos, isVoided };
}
