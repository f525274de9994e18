import { valueAt } from '../metering/json-pointer.js';
import { meterEvent, type MeterEventOutcome, type Reading } from '../metering/meter-event.js';
import { propertyText } from '../metering/property-text.js';
import type { TypeMeters } from './type-meters.js';

/** A use as it is metered, before or after it happened. */
export interface UsageData {
  /** What the bytes of data say. */
  readonly properties: unknown;
  /** Numbers that parsing changed, as pointers from the event's root. */
  readonly inexactNumbers: readonly string[];
}

/** A property that rating will ask for, as text. */
export interface ReadProperty<Kind> {
  readonly pointer: string;
  readonly value: string;
  readonly kind: Kind;
}

export type ReadUsageOutcome<Kind> =
  | {
      readonly outcome: 'metered';
      readonly readings: readonly Reading[];
      readonly properties: readonly ReadProperty<Kind>[];
    }
  | Refused;

type Refused = Extract<MeterEventOutcome, { readonly outcome: 'refused' }>;

export type ReadUsageRefusal = Refused['reason'];

/**
 * Reads a use by the meters of its type, and takes out what rating needs of its data. `kindOf` says what of a value
 * its text does not tell.
 */
export function readUsage<Kind>(
  usage: UsageData,
  typeMeters: TypeMeters | undefined,
  kindOf: (value: unknown) => Kind,
): ReadUsageOutcome<Kind> {
  if (!typeMeters) return refused('unknown_type', '/type');
  if (usage.inexactNumbers.length > 0) {
    for (const pointer of typeMeters.lookedAt) {
      const path = `/data${pointer}`;
      if (usage.inexactNumbers.includes(path)) return refused('number_not_exact', path);
    }
  }
  const metered = meterEvent(typeMeters.meters, usage.properties);
  if (metered.outcome === 'refused') return metered;
  const { readings } = metered;
  const properties: ReadProperty<Kind>[] = [];
  for (const { meterKey } of readings) {
    for (const { pointer, tokens } of typeMeters.extracted.get(meterKey) ?? []) {
      if (properties.some((property) => property.pointer === pointer)) continue;
      const text = propertyText(usage.properties, tokens);
      if (text.outcome === 'refused') return refused(text.reason, `/data${pointer}`);
      if (text.outcome === 'absent') continue;
      const kind = kindOf(valueAt(usage.properties, tokens));
      properties.push({ pointer, value: text.text, kind });
    }
  }
  return { outcome: 'metered', readings, properties };
}

function refused(reason: ReadUsageRefusal, pointer: string): Refused {
  return { outcome: 'refused', reason, pointer };
}
