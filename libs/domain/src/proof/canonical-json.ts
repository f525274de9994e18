/**
 * What canonical bytes are made of: no floats, no nulls. Amounts, quantities and instants are
 * strings.
 */
export type CanonicalValue =
  | string
  | boolean
  | number
  | readonly CanonicalValue[]
  | { readonly [name: string]: CanonicalValue | undefined };

// With the `u` flag a pair is one code point, so only a half without its other half matches.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * RFC 8785 for the subset that Farthing signs: strings, booleans, safe integers, arrays, objects.
 * Names are sorted by UTF-16 code units and absent values are left out. Throws on what the subset
 * has no bytes for.
 */
export function canonicalJson(value: CanonicalValue): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`not canonical: the number ${value}`);
    // `-0` is written as 0, as ECMAScript and RFC 8785 do.
    return String(value);
  }
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`not canonical: ${value === null ? 'null' : typeof value}`);
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const name of Object.keys(value).toSorted(byCodeUnits)) {
    const member = value[name];
    if (member !== undefined) members.push(`${canonicalString(name)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** The bytes that are hashed and signed. */
export function canonicalBytes(value: CanonicalValue): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

function canonicalString(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new TypeError('not canonical: a lone surrogate');
  return JSON.stringify(text);
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isArray(value: object): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
