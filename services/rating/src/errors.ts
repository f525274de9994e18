import { Problem } from '@farthing/adapters/http/problem';

/** Why a well-formed request gets no answer. Failures of the consumer are classed by `failureClassOf`. */
const REFUSALS = {
  charge_not_found: [404, 'there is no such charge'],
  not_a_usage_charge: [
    409,
    'only a charge of an event can be refunded, no adjustment and no minimum',
  ],
  nothing_to_refund: [409, 'the charge is not above zero, or nothing of it is left'],
  event_voided: [409, 'the event was voided'],
  already_refunded: [409, 'the refund of the charge was asked for before: read the charge'],
} as const satisfies Record<string, readonly [number, string]>;

export function refusalProblem(reason: keyof typeof REFUSALS): Problem {
  const [status, detail] = REFUSALS[reason];
  return new Problem({ status, code: reason, detail });
}
