/** A parsed JSON pointer (RFC 6901): the unescaped reference tokens. */
export type JsonPointer = readonly string[];

/** Parses `/a/b~1c`. Answers undefined for text that is no pointer. */
export function parseJsonPointer(text: string): JsonPointer | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value that a pointer names in a parsed JSON document, or undefined when there is none. */
export function valueAt(document: unknown, pointer: JsonPointer): unknown {
  let value = document;
  for (const token of pointer) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) {
      if (!/^(0|[1-9]\d{0,8})$/.test(token)) return undefined;
      value = value[Number(token)];
    } else {
      // Own properties only: `constructor` and the like are not data.
      if (!Object.hasOwn(value, token)) return undefined;
      value = (value as Record<string, unknown>)[token];
    }
  }
  return value;
}
