import { REFUSALS, type Refusal } from '../rate-batch/refusals.js';
import type { EventRefusal } from './corrected-event.js';

/** Why an event is neither voided nor corrected, where its record is applied. */
export type EventCorrectionRefusal = EventRefusal | CorrectionRefusal | Refusal;

/** What only the record says. */
export type CorrectionRefusal = 'type_differs';

/** The same in words, of what only corrections are refused for. */
export const CORRECTION_REFUSALS = {
  event_not_found: 'the customer has no such event of this source that was applied',
  event_without_charges: 'the event caused no charge, so there is nothing to take back',
  event_voided: 'the event was voided',
  charge_refunded: 'a charge of the event was refunded',
  charge_re_rated: 'a charge of the event was re-rated: it can be refunded',
  type_differs: 'the correction is of another type than the event',
} as const satisfies Record<Exclude<EventCorrectionRefusal, Refusal>, string>;

export const EVENT_REFUSALS: Readonly<Record<EventCorrectionRefusal, string>> = {
  ...REFUSALS,
  ...CORRECTION_REFUSALS,
};
