import { compileFilter, type CompiledFilter, type Filter } from './filter.js';
import { parseJsonPointer, type JsonPointer } from './json-pointer.js';
import { parseQuantity } from './quantity.js';

export type Aggregation = 'count' | 'sum' | 'max' | 'unique' | 'latest';

export interface MeterDimension {
  readonly name: string;
  /** RFC 6901 pointer into the event's `data`. */
  readonly pointer: string;
}

/** Which events count, and how. Immutable; a change is a new version. */
export interface Meter {
  readonly tenant: string;
  readonly key: string;
  readonly version: number;
  /** The CloudEvents types that it counts, one or more. */
  readonly eventTypes: readonly string[];
  readonly aggregation: Aggregation;
  readonly filter: Filter;
  /** RFC 6901 pointer into `data` to what `sum` adds, `max` and `latest` read and `unique` tells apart; absent for `count`. */
  readonly valuePointer?: string;
  readonly dimensions: readonly MeterDimension[];
  /** How its quantities are shown; as they are counted unless said. */
  readonly unit?: MeterUnit;
}

/** What people call so many of what is counted: one MB is `1000000`. It changes no price and no quantity. */
export interface MeterUnit {
  readonly name: string;
  /** Decimal string above zero, as a quantity. */
  readonly size: string;
}

export type MeterFault = {
  readonly reason:
    | 'not_a_json_pointer'
    | 'value_pointer_missing'
    | 'value_pointer_unused'
    | 'dimension_named_twice'
    | 'not_a_positive_quantity'
    | 'no_event_types'
    | 'event_type_named_twice';
  /** Where in the meter document the fault is, as a JSON pointer. */
  readonly pointer: string;
};

/** A meter with its pointers parsed, so that metering an event parses nothing. */
export interface CompiledMeter {
  readonly meter: Meter;
  readonly passes: CompiledFilter;
  readonly value: JsonPointer | undefined;
  readonly dimensions: readonly {
    readonly name: string;
    readonly pointer: JsonPointer;
    readonly at: string;
  }[];
}

/** What is wrong with a meter document; nothing when it can be compiled. */
export function checkMeter(meter: Meter): MeterFault[] {
  const faults: MeterFault[] = [];
  const checkPointer = (text: string, pointer: string): void => {
    if (!parseJsonPointer(text)) faults.push({ reason: 'not_a_json_pointer', pointer });
  };
  meter.filter.forEach((condition, at) => checkPointer(condition.pointer, `/filter/${at}/pointer`));
  if (meter.valuePointer !== undefined) checkPointer(meter.valuePointer, '/valuePointer');
  if (meter.aggregation !== 'count' && meter.valuePointer === undefined) {
    faults.push({ reason: 'value_pointer_missing', pointer: '/valuePointer' });
  }
  if (meter.aggregation === 'count' && meter.valuePointer !== undefined) {
    faults.push({ reason: 'value_pointer_unused', pointer: '/valuePointer' });
  }
  if (meter.unit !== undefined && !isPositive(meter.unit.size)) {
    faults.push({ reason: 'not_a_positive_quantity', pointer: '/unit/size' });
  }
  if (meter.eventTypes.length === 0) {
    faults.push({ reason: 'no_event_types', pointer: '/eventTypes' });
  }
  meter.eventTypes.forEach((type, at) => {
    if (meter.eventTypes.indexOf(type) < at) {
      faults.push({ reason: 'event_type_named_twice', pointer: `/eventTypes/${at}` });
    }
  });
  const names = new Set<string>();
  meter.dimensions.forEach((dimension, at) => {
    checkPointer(dimension.pointer, `/dimensions/${at}/pointer`);
    if (names.has(dimension.name)) {
      faults.push({ reason: 'dimension_named_twice', pointer: `/dimensions/${at}/name` });
    }
    names.add(dimension.name);
  });
  return faults;
}

function isPositive(size: string): boolean {
  const parsed = parseQuantity(size);
  return parsed.outcome === 'parsed' && parsed.quantity > 0n;
}

/** Throws on a meter that `checkMeter` finds fault with. */
export function compileMeter(meter: Meter): CompiledMeter {
  const [fault] = checkMeter(meter);
  if (fault) throw new Error(`meter ${meter.key}: ${fault.reason} at ${fault.pointer}`);
  return {
    meter,
    passes: compileFilter(meter.filter),
    value: meter.valuePointer === undefined ? undefined : parseJsonPointer(meter.valuePointer),
    dimensions: meter.dimensions.map(({ name, pointer }) => ({
      name,
      pointer: parseJsonPointer(pointer) ?? [],
      at: pointer,
    })),
  };
}
