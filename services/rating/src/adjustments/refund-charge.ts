import type { Refund } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { RatingWork } from '../rate-batch/apply-events.js';
import type { Effects } from '../rate-batch/effects.js';
import { claimCommand } from '../sealing/sealing.repository.js';
import { applyAdjustments } from './apply-adjustments.js';
import { upsertDecided } from './corrections.repository.js';
import { findRefundable } from './find-refundable.js';
import { refundRefusal } from './refund-refusal.js';

/** The one command that refunds a charge. */
export function refundCommand(chargeId: string): string {
  return `refund:${chargeId}`;
}

/**
 * Applies a refund: what is left of the charge with the other sign, the quantity as it stands. Of a corrected charge that
 * may be several, each of those who have it now. Refused, it makes no charge,
 * and says why where the charge is read. The same command again does nothing.
 */
export async function applyRefund(
  work: RatingWork,
  offset: bigint,
  refund: Refund,
): Promise<Effects | undefined> {
  const { tx, partition } = work;
  const { tenant, customer, chargeId, commandId, reason } = refund;
  if (!(await claimCommand(tx, { tenant, partition, commandId, offset }))) return undefined;
  // A charge of another partition is none of a customer of this one.
  const found = await findRefundable(tx, { tenant, chargeId, partition });
  const refusal = refundRefusal(found, customer);
  await upsertDecided(tx, { tenant, commandId, reason, refusal, partition, offset });
  if (refusal !== undefined) return undefined;
  const adjustments = found!.groups.flatMap(({ charge, corrects, amountNanos }) =>
    amountNanos === 0n ? [] : [{ original: charge, corrects, amountNanos: -amountNanos }],
  );
  return applyAdjustments(work, { offset, adjustments });
}
