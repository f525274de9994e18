const TO_ESCAPE = /["\\]/;

/** A PostgreSQL array of texts as the text of a parameter: `pg` would escape each element, which most need not be. */
export function textArray(values: Iterable<string>): string {
  let text = '{';
  for (const value of values) {
    if (text !== '{') text += ',';
    text += `"${TO_ESCAPE.test(value) ? value.replaceAll(/["\\]/g, String.raw`\$&`) : value}"`;
  }
  return `${text}}`;
}

/** The same of numbers, which need no quotes. */
export function numberArray(values: Iterable<number | bigint | string>): string {
  return `{${[...values].join(',')}}`;
}
