import { PropertyKind } from '@farthing/contracts/generated/farthing/usage/v1/envelope_pb';
import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import { valueAt } from '@farthing/domain/metering/json-pointer';
import { meterEvent, type Reading } from '@farthing/domain/metering/meter-event';
import { propertyText } from '@farthing/domain/metering/property-text';
import type { Rejection, UsageEvent } from '../usage-events/usage-event.js';
import type { TypeMeters } from './type-meters.js';

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
  if (!typeMeters) return rejected('unknown_type', '/type');
  if (event.inexactNumbers.length > 0) {
    for (const pointer of typeMeters.lookedAt) {
      const path = `/data${pointer}`;
      if (event.inexactNumbers.includes(path)) return rejected('number_not_exact', path);
    }
  }
  const metered = meterEvent(typeMeters.meters, event.properties);
  if (metered.outcome === 'refused') return rejected(metered.reason, metered.pointer);
  const { readings } = metered;
  const properties: ExtractedProperty[] = [];
  for (const { meterKey } of readings) {
    for (const { pointer, tokens } of typeMeters.extracted.get(meterKey) ?? []) {
      if (properties.some((property) => property.pointer === pointer)) continue;
      const text = propertyText(event.properties, tokens);
      if (text.outcome === 'refused') return rejected(text.reason, `/data${pointer}`);
      if (text.outcome === 'absent') continue;
      const kind = kindOf(valueAt(event.properties, tokens));
      properties.push({ pointer, value: text.text, kind });
    }
  }
  return { outcome: 'metered', readings, properties };
}

function kindOf(value: unknown): PropertyKind {
  if (typeof value === 'string') return PropertyKind.STRING;
  return typeof value === 'number' ? PropertyKind.NUMBER : PropertyKind.BOOLEAN;
}

function rejected(code: Rejection['code'], pointer: string): MeterUsageEventOutcome {
  return { outcome: 'rejected', rejection: { code, pointer } };
}
