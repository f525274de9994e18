import { Problem, type ProblemError } from '@farthing/adapters/http/problem';

/** Why a well-formed request gets no answer. Failures of the consumer are classed by `failureClassOf`. */
const REFUSALS = {
  charge_not_found: [404, 'there is no such charge'],
  re_rating_not_found: [404, 'there is no such re-rating'],
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
