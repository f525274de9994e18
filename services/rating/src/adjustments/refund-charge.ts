import type { Refund } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { parseChargeId } from '@farthing/domain/rating/charge-id';
import type { RatingWork } from '../rate-batch/apply-events.js';
import type { Effects } from '../rate-batch/effects.js';
import { claimCommand } from '../sealing/sealing.repository.js';
import { applyAdjustments } from './apply-adjustments.js';
import { upsertDecided } from './corrections.repository.js';
import { refundRefusal } from './refund-refusal.js';
import { takeBack, type StandingCharge } from './standing-charge.js';
import { selectStandingCharge } from './stored-charges.repository.js';

/** The one command that refunds a charge. */
export function refundCommand(chargeId: string): string {
  return `refund:${chargeId}`;
}

/**
 * Applies a refund: what the charge comes to by now with the other sign, the quantity as it stands. Refused, it makes no charge,
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
  const charge = await findOwnCharge(work, tenant, chargeId);
  const refusal = refundRefusal(charge, customer);
  await upsertDecided(tx, { tenant, commandId, reason, refusal, partition, offset });
  if (refusal !== undefined) return undefined;
  const adjustments = [takeBack(charge!, work.context.view)];
  return applyAdjustments(work, { offset, adjustments });
}

/** A charge of another partition is none of a customer of this one. */
async function findOwnCharge(
  { tx, partition }: RatingWork,
  tenant: string,
  chargeId: string,
): Promise<StandingCharge | undefined> {
  const origin = parseChargeId(chargeId);
  if (origin?.partition !== partition) return undefined;
  return selectStandingCharge(tx, tenant, origin);
}
