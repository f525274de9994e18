import { appendToOutbox, type OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import { insertRequested, selectCorrection } from './corrections.repository.js';
import { findRefundable } from './find-refundable.js';
import { refundCommand } from './refund-charge.js';
import { refundRefusal, type RefundRefusal } from './refund-refusal.js';

export type RequestRefundOutcome =
  | { readonly outcome: 'requested'; readonly message: OutboxRef }
  | { readonly outcome: 'refused'; readonly reason: RefundRefusal | 'already_refunded' };

/**
 * Asks for the refund of a charge: its record goes into the customer's partition of the log, which is the one that the
 * charge came from. What is refused here is refused at once; the record is judged again where it is applied.
 */
export async function requestRefund(
  tx: Transaction,
  asked: { readonly tenant: string; readonly chargeId: string; readonly reason: string },
): Promise<RequestRefundOutcome> {
  const { tenant, chargeId, reason } = asked;
  const commandId = refundCommand(chargeId);
  // Of what was refunded nothing is left, which would be the wrong answer to who asks again.
  if (await selectCorrection(tx, { tenant, commandId })) {
    return { outcome: 'refused', reason: 'already_refunded' };
  }
  const found = await findRefundable(tx, { tenant, chargeId });
  const refusal = refundRefusal(found);
  if (refusal !== undefined) return { outcome: 'refused', reason: refusal };
  if (!(await insertRequested(tx, { tenant, commandId, reason }))) {
    return { outcome: 'refused', reason: 'already_refunded' };
  }
  const { customer, partition } = found!.charge;
  const value = { commandId, tenant, customer, chargeId, reason };
  const message = await appendToOutbox(tx, {
    topic: TOPICS.usageAccepted,
    partition,
    value: encodeControlRecord({ case: 'refund', value }),
  });
  return { outcome: 'requested', message };
}
