import { Problem, type ProblemError } from '@farthing/adapters/http/problem';

import { CORRECTION_REFUSALS } from './event-corrections/event-correction-refusals.js';
import type { MeteringFault } from './event-corrections/meter-replacement.js';

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
  nothing_to_apply: [409, 'no charge would be another amount or be shared otherwise'],
  candidate_with_faults: [422, 'a candidate is no price: `errors` names each fault with its place'],
  not_a_usage_charge: [
    409,
    'only a charge of an event can be refunded, no adjustment and no minimum',
  ],
  nothing_to_refund: [409, 'the charge is not above zero, or nothing of it is left'],
  event_not_found: [404, CORRECTION_REFUSALS.event_not_found],
  event_without_charges: [409, CORRECTION_REFUSALS.event_without_charges],
  event_voided: [409, CORRECTION_REFUSALS.event_voided],
  charge_refunded: [409, CORRECTION_REFUSALS.charge_refunded],
  charge_re_rated: [409, CORRECTION_REFUSALS.charge_re_rated],
  correction_pending: [
    409,
    'a void or a correction of the event was asked for and is not applied yet',
  ],
  data_not_metered: [
    422,
    'an event with this data would be rejected: `errors` says why, and where',
  ],
  already_refunded: [409, 'the refund of the charge was asked for before: read the charge'],
} as const satisfies Record<string, readonly [number, string]>;

export function refusalProblem(
  reason: keyof typeof REFUSALS,
  errors?: readonly ProblemError[],
): Problem {
  const [status, detail] = REFUSALS[reason];
  return new Problem({ status, code: reason, detail, ...(errors && { errors }) });
}

/** The door would reject an event of such data. */
export function notMeteredProblem({ code, pointer }: MeteringFault): Problem {
  const detail = 'what the door would reject it as';
  return refusalProblem('data_not_metered', [{ code, detail, pointer }]);
}
