import type { Refund } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import { partsOf, type LoggedEvents } from './logged-events.js';

/** What a correction of a charge charges. */
export interface Corrected {
  readonly currency: string;
  readonly amounts: readonly bigint[];
}

/** Once, and only what is left above zero of a usage charge whose event was not voided: rating refuses any other. */
export function refundLogged(events: LoggedEvents, { chargeId, customer }: Refund): Corrected[] {
  const charge = events.chargeOf(chargeId);
  if (charge?.event.customer !== customer || charge.event.state === 'voided') return [];
  const left = partsOf(charge);
  if (left.reduce((sum, amount) => sum + amount, 0n) <= 0n) return [];
  charge.event.state = 'refunded';
  charge.amounts.length = 0;
  return [{ currency: charge.event.currency, amounts: left.map((amount) => -amount) }];
}
