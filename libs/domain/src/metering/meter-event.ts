import { valueAt, type JsonPointer } from './json-pointer.js';
import type { CompiledMeter } from './meter.js';
import { propertyText } from './property-text.js';
import {
  ONE,
  parseQuantity,
  type ParseQuantityOutcome,
  type Quantity,
  type QuantityRefusalReason,
} from './quantity.js';

/** What one meter reads from one event. */
export interface Reading {
  readonly meterKey: string;
  readonly meterVersion: number;
  /** Of a `unique` meter one: whether the value is new is not the event's to say. */
  readonly quantity: Quantity;
  /** Dimension name → value; a dimension that the event does not have is absent. */
  readonly dimensions: Readonly<Record<string, string>>;
}

export type MeterEventOutcome =
  | { readonly outcome: 'metered'; readonly readings: readonly Reading[] }
  | {
      readonly outcome: 'refused';
      readonly reason: 'unknown_type' | 'property_not_text' | QuantityRefusalReason;
      /** Where in the event, as a JSON pointer from its root. */
      readonly pointer: string;
    };

const NO_DIMENSIONS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * Reads an event by the meters of its type. An event matches every meter whose filter it passes. No
 * meter for the type is a refusal; meters of which none matches is an event without readings, which
 * is applied and not billed.
 */
export function meterEvent(meters: readonly CompiledMeter[], data: unknown): MeterEventOutcome {
  if (meters.length === 0) return { outcome: 'refused', reason: 'unknown_type', pointer: '/type' };
  const readings: Reading[] = [];
  for (const compiled of meters) {
    if (!compiled.passes(data)) continue;
    const { meter } = compiled;
    let quantity = ONE;
    if (compiled.value) {
      const parsed = quantityAt(compiled, data, compiled.value);
      if (parsed.outcome === 'refused') {
        return { ...parsed, pointer: `/data${meter.valuePointer ?? ''}` };
      }
      quantity = parsed.quantity;
    }
    const dimensions = dimensionsOf(compiled, data);
    if (dimensions.outcome === 'refused') return dimensions;
    readings.push({
      meterKey: meter.key,
      meterVersion: meter.version,
      quantity,
      dimensions: dimensions.values,
    });
  }
  return { outcome: 'metered', readings };
}

type ReadQuantityOutcome =
  | ParseQuantityOutcome
  | { readonly outcome: 'refused'; readonly reason: 'property_not_text' };

function quantityAt(
  { meter }: CompiledMeter,
  data: unknown,
  pointer: JsonPointer,
): ReadQuantityOutcome {
  if (meter.aggregation !== 'unique') return parseQuantity(valueAt(data, pointer));
  const value = propertyText(data, pointer);
  if (value.outcome === 'refused') return value;
  if (value.outcome === 'absent') return { outcome: 'refused', reason: 'value_missing' };
  return { outcome: 'parsed', quantity: ONE };
}

type DimensionsOutcome =
  | { readonly outcome: 'read'; readonly values: Readonly<Record<string, string>> }
  | { readonly outcome: 'refused'; readonly reason: 'property_not_text'; readonly pointer: string };

function dimensionsOf(compiled: CompiledMeter, data: unknown): DimensionsOutcome {
  if (compiled.dimensions.length === 0) return { outcome: 'read', values: NO_DIMENSIONS };
  const values: Record<string, string> = {};
  for (const { name, pointer, at } of compiled.dimensions) {
    const property = propertyText(data, pointer);
    if (property.outcome === 'refused') return { ...property, pointer: `/data${at}` };
    if (property.outcome === 'read') values[name] = property.text;
  }
  return { outcome: 'read', values };
}
