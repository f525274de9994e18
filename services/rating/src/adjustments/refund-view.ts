import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { LOG_GENERATION } from '@farthing/contracts/topics/log-generation';
import { chargeId } from '@farthing/domain/rating/charge-id';
import { selectCorrection } from './corrections.repository.js';
import { refundCommand } from './refund-charge.js';

/** The refund of a charge, as the API shows it. */
export interface RefundView {
  readonly status: 'requested' | 'refunded' | 'refused';
  readonly reason: string;
  /** The adjustment charge that gives it back. */
  readonly by?: string;
  /** The code of a refund that was refused when it was applied. */
  readonly refusal?: string;
}

/** Undefined for a charge whose refund nobody asked for. */
export async function readRefund(
  tx: Transaction,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<RefundView | undefined> {
  const correction = await selectCorrection(tx, { tenant, commandId: refundCommand(id) });
  if (!correction) return undefined;
  const { state, reason, refusal, place } = correction;
  if (state === 'requested') return { status: 'requested', reason };
  if (refusal !== undefined) return { status: 'refused', reason, refusal };
  const by = chargeId({ generation: LOG_GENERATION, index: 0, n: 0, ...place! });
  return { status: 'refunded', reason, by };
}
