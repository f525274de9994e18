import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { differenceSchema, type Difference } from './re-rating-answers.js';

const COLUMNS = [
  'charge',
  'customer',
  'price',
  'priceVersion',
  'cell',
  'usageFrom',
  'currency',
  'before',
  'after',
  'difference',
] as const;

/** Streams the charges that would be another amount into a file, and answers how many there are. */
export async function writeDifferences(api: ApiClient, id: string, file: string): Promise<number> {
  let rows = 0;
  const path = `/v1/re-ratings/${encodeURIComponent(id)}/differences?limit=1000`;
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(COLUMNS);
    for await (const difference of api.pages(path, differenceSchema)) {
      rows += 1;
      yield csvLine(COLUMNS.map((column) => textOf(difference, column)));
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return rows;
}

/** What a spreadsheet may take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
/** An amount of ours may begin with a minus and is no formula. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** A row as RFC 4180; a cell that a spreadsheet would run begins with an apostrophe. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(harmless(cell))).join(',')}\r\n`;
}

function textOf(difference: Difference, column: (typeof COLUMNS)[number]): string {
  if (column !== 'cell') return String(difference[column]);
  const cell = Object.entries(difference.cell ?? {});
  return cell.map(([name, value]) => `${name}=${value}`).join(' ');
}

function harmless(text: string): string {
  return FORMULA.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
