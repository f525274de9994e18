import { PartitionHalted } from '@farthing/adapters/kafka/kafka-errors';
import { Problem } from '@farthing/adapters/http/problem';

/** Why a request is not done, as wallets' callers see it. */
export type Refusal =
  | 'customer_closed'
  | 'currency_unknown'
  | 'grant_expires_before_effect'
  | 'grant_already_expired'
  | 'account_unknown';

const REFUSALS: Readonly<Record<Refusal, { readonly status: number; readonly detail: string }>> = {
  customer_closed: { status: 409, detail: 'the customer is closed and takes no more credit' },
  currency_unknown: {
    status: 400,
    detail: 'the currency is not an ISO 4217 code with a minor unit',
  },
  grant_expires_before_effect: { status: 400, detail: '`expiresAt` must be after `effectiveFrom`' },
  grant_already_expired: { status: 400, detail: '`expiresAt` must lie in the future' },
  account_unknown: { status: 404, detail: 'there is no such account' },
};

export function refusalProblem(reason: Refusal): Problem {
  return new Problem({ code: reason, ...REFUSALS[reason] });
}

/**
 * Runs what is pure and therefore fails the same way each time. Money is never skipped and never dead-lettered:
 * a record that cannot be read or posted stops its partition with an alarm until somebody has looked.
 */
export function orHalt<Result>(what: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof PartitionHalted) throw error;
    const message = `${what}: ${(error as Error).message}`;
    throw new PartitionHalted('unknown_message', message, { cause: error });
  }
}
