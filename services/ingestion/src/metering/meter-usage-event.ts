import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import { propertyKindOf } from '@farthing/contracts/wire/property-kind';
import type { Reading } from '@farthing/domain/metering/meter-event';
import { readUsage } from '@farthing/domain/rating/read-usage';
import type { TypeMeters } from '@farthing/domain/rating/type-meters';
import type { Rejection, UsageEvent } from '../usage-events/usage-event.js';

export type MeterUsageEventOutcome =
  | {
      readonly outcome: 'metered';
      readonly readings: readonly Reading[];
      readonly properties: readonly ExtractedProperty[];
    }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection };

/** Reads an event by the meters of its type, and takes out what rating needs of its data. */
export function meterUsageEvent(
  event: UsageEvent,
  typeMeters: TypeMeters | undefined,
): MeterUsageEventOutcome {
  const read = readUsage(event, typeMeters, propertyKindOf);
  if (read.outcome === 'metered') return read;
  return { outcome: 'rejected', rejection: { code: read.reason, pointer: read.pointer } };
}
