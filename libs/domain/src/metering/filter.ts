import { parseJsonPointer, valueAt, type JsonPointer } from './json-pointer.js';

export type JsonScalar = string | number | boolean | null;

/** One comparison of a property of `data`; `pointer` is an RFC 6901 pointer into it. */
export type FilterCondition =
  | { readonly op: 'eq'; readonly pointer: string; readonly value: JsonScalar }
  | { readonly op: 'in'; readonly pointer: string; readonly values: readonly JsonScalar[] }
  | { readonly op: 'exists'; readonly pointer: string; readonly exists: boolean };

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
  if (condition.op === 'eq') return (data) => valueAt(data, pointer) === condition.value;
  if (condition.op === 'in') {
    const values = new Set<unknown>(condition.values);
    return (data) => values.has(valueAt(data, pointer));
  }
  return (data) => (valueAt(data, pointer) !== undefined) === condition.exists;
}

function pointerOf(text: string): JsonPointer {
  const pointer = parseJsonPointer(text);
  if (!pointer) throw new Error(`not a JSON pointer: ${text}`);
  return pointer;
}
