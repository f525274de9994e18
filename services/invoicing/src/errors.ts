import { Problem } from '@farthing/adapters/http/problem';

const REFUSALS = {
  closes_in_the_future: [422, '`closesBefore` has not come yet'],
  run_not_found: [404, 'there is no such cycle run'],
  run_is_over: [409, 'the cycle run is finalized or abandoned'],
  run_is_finalizing: [409, 'the numbers are given: the cycle run can only go on'],
  run_not_in_review: [409, 'a cycle run is approved in review'],
  tenant_unknown: [503, 'the catalog of this process does not have the tenant yet'],
  invoice_not_found: [404, 'there is no such invoice'],
  statement_not_found: [404, 'there is no such sealed statement'],
  charge_not_found: [404, 'there is no such charge'],
  not_in_the_statement: [404, 'the charge is not in this statement'],
  price_unknown: [404, 'the catalog does not have the price version of the charge'],
  draft_refused: [409, 'the open period cannot be drafted as things are'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** Why a command or a question is refused. */
export type Refusal = keyof typeof REFUSALS;

/** The answer to a refusal; `detail` says more than the usual sentence. */
export function problemOf(reason: Refusal, detail?: string): Problem {
  const [status, usual] = REFUSALS[reason];
  const retry = status === 503 ? { retryAfterSeconds: 1 } : {};
  return new Problem({ status, code: reason, detail: detail ?? usual, ...retry });
}
