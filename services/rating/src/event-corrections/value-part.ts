import type { SeenName } from '../customers/seen-values.js';

const HEX_DIGITS = 32;

/** What a value and the cell that counted it are called among kept readings. */
export function valuePart({ cell, digest }: Pick<SeenName, 'cell' | 'digest'>): string {
  return `${Buffer.from(digest, 'latin1').toString('hex')} ${cell}`;
}

export function valueOfPart(part: string): Pick<SeenName, 'cell' | 'digest'> {
  const digest = Buffer.from(part.slice(0, HEX_DIGITS), 'hex').toString('latin1');
  return { cell: part.slice(HEX_DIGITS + 1), digest };
}
