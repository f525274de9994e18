import { Problem, type ProblemError } from '@farthing/adapters/http/problem';

/** Why a well-formed request gets no answer. Failures of the consumer are classed by `failureClassOf`. */
const REFUSALS = {
  charge_not_found: [404, 'there is no such charge'],
  re_rating_not_found: [404, 'there is no such re-rating'],
  re_rating_not_finished: [409, 'the diff is not finished: only then it can be applied'],
  re_rating_failed: [409, 'the diff failed: nothing of it can be applied'],
  re_rating_already_applied: [409, 'the re-rating is applied, or is being applied: read it'],
  candidates_not_imported: [
    409,
    'the diff took a price book for the catalog: import the book, and diff against the catalog',
  ],
  nothing_to_apply: [409, 'no charge would be another amount'],
  candidate_with_faults: [422, 'a candidate is no price: `errors` names each fault with its place'],
  not_a_usage_charge: [
    409,
    'only a charge of an event can be refunded, no adjustment and no minimum',
  ],
  nothing_to_refund: [409, 'the charge is not above zero'],
  already_refunded: [409, 'the refund of the charge was asked for before: read the charge'],
} as const satisfies Record<string, readonly [number, string]>;

export function refusalProblem(
  reason: keyof typeof REFUSALS,
  errors?: readonly ProblemError[],
): Problem {
  const [status, detail] = REFUSALS[reason];
  return new Problem({ status, code: reason, detail, ...(errors && { errors }) });
}
