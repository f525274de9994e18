import { valueAt, type JsonPointer } from './json-pointer.js';

export type PropertyTextOutcome =
  | { readonly outcome: 'read'; readonly text: string }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'refused'; readonly reason: 'property_not_text' };

const LONGEST_TEXT = 255;

/**
 * The text of a property that a dimension or a split rule names: a string of at most 255
 * characters, or a boolean or safe integer as JSON writes it. A missing or null property is absent.
 * Anything else is refused, and so is text that a database or UTF-8 cannot hold (NUL, lone
 * surrogates).
 */
export function propertyText(data: unknown, pointer: JsonPointer): PropertyTextOutcome {
  const value = valueAt(data, pointer);
  if (value === undefined || value === null) return { outcome: 'absent' };
  const exact = typeof value === 'number' && Number.isSafeInteger(value);
  if (typeof value === 'boolean' || exact) return { outcome: 'read', text: String(value) };
  if (typeof value !== 'string' || value.length > LONGEST_TEXT || !isStorable(value)) {
    return { outcome: 'refused', reason: 'property_not_text' };
  }
  return { outcome: 'read', text: value };
}

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}
