import { parseJsonPointer, valueAt, type JsonPointer } from './json-pointer.js';

export type JsonScalar = string | number | boolean | null;

/** One comparison of a property of `data`; `pointer` is an RFC 6901 pointer into it. */
export type FilterCondition =
  /** `ne` holds where the property is absent, too. */
  | { readonly op: 'eq' | 'ne'; readonly pointer: string; readonly value: JsonScalar }
  | { readonly op: 'in'; readonly pointer: string; readonly values: readonly JsonScalar[] }
  | { readonly op: 'exists'; readonly pointer: string; readonly exists: boolean }
  /** Only a JSON number is below, at or above another. */
  | { readonly op: NumericOperator; readonly pointer: string; readonly value: number };

export type NumericOperator = 'lt' | 'le' | 'gt' | 'ge';

/** All conditions must hold; an empty filter passes everything. */
export type Filter = readonly FilterCondition[];

export type CompiledFilter = (data: unknown) => boolean;

/** A comparison looks at JSON type and value: the number 200 is not the string "200". */
export function compileFilter(filter: Filter): CompiledFilter {
  const tests = filter.map(compileCondition);
  return (data) => tests.every((test) => test(data));
}

function compileCondition(condition: FilterCondition): CompiledFilter {
  const pointer = pointerOf(condition.pointer);
  switch (condition.op) {
    case 'eq':
      return (data) => valueAt(data, pointer) === condition.value;
    case 'ne':
      return (data) => valueAt(data, pointer) !== condition.value;
    case 'in': {
      const values = new Set<unknown>(condition.values);
      return (data) => values.has(valueAt(data, pointer));
    }
    case 'exists':
      return (data) => (valueAt(data, pointer) !== undefined) === condition.exists;
    default: {
      const holds = COMPARISONS[condition.op];
      return (data) => {
        const value = valueAt(data, pointer);
        return typeof value === 'number' && holds(value, condition.value);
      };
    }
  }
}

const COMPARISONS: Readonly<Record<NumericOperator, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

function pointerOf(text: string): JsonPointer {
  const pointer = parseJsonPointer(text);
  if (!pointer) throw new Error(`not a JSON pointer: ${text}`);
  return pointer;
}
