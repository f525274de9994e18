import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import { propertyKindOf } from '@farthing/contracts/wire/property-kind';
import type { Micros } from '@farthing/domain/period/micros';
import { formatMicros } from '@farthing/domain/period/micros';
import { readUsage } from '@farthing/domain/rating/read-usage';
import type { MeterBook } from '@farthing/domain/rating/type-meters';

/** What an event should have said. */
export interface Replacement {
  readonly data: Readonly<Record<string, unknown>>;
  /** Absent: it occurred when the original did. */
  readonly time?: Micros;
}

export interface MeteringFault {
  readonly code: string;
  /** From the root of an event: into `/data`. */
  readonly pointer: string;
}

export type MeterReplacementOutcome =
  | { readonly outcome: 'metered'; readonly event: EnvelopeEvent }
  | { readonly outcome: 'not_metered'; readonly fault: MeteringFault };

/** By the meters of the event's type at the catalog version as read, just as the door does. */
export function meterReplacement(
  meters: MeterBook,
  event: {
    readonly tenant: string;
    readonly customer: string;
    readonly source: string;
    readonly id: string;
    readonly type: string;
  },
  { data, time }: Replacement,
): MeterReplacementOutcome {
  const { tenant, customer, source, id, type } = event;
  const usage = { properties: data, inexactNumbers: inexactNumbers(data, '/data') };
  const read = readUsage(usage, meters.metersOf(tenant, type), propertyKindOf);
  if (read.outcome === 'refused') {
    return { outcome: 'not_metered', fault: { code: read.reason, pointer: read.pointer } };
  }
  const bytes = Buffer.from(JSON.stringify(data));
  const sent = time === undefined ? '' : formatMicros(time);
  return {
    outcome: 'metered',
    event: {
      ...event,
      holdId: '',
      quoteToken: '',
      key: eventKey(tenant, source, id),
      bodyHash: bodyHash({ type, subject: customer, time: sent }, bytes),
      occurredAt: time ?? 0,
      data: bytes,
      readings: read.readings.map(({ meterKey, quantity }) => ({ meter: meterKey, quantity })),
      properties: read.properties,
    },
  };
}

/** Numbers that the body's parser may have changed: all but whole ones that are safe. Others are sent as text. */
function inexactNumbers(value: unknown, pointer: string): string[] {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? [] : [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    inexactNumbers(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}
