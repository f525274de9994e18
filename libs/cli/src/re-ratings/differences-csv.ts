import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { differenceSchema } from './re-rating-answers.js';

type Cell = string | number | Readonly<Record<string, string>> | undefined;

export const DIFFERENCE_COLUMNS = [
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
  const path = `/v1/re-ratings/${encodeURIComponent(id)}/differences?limit=1000`;
  return writeRows(file, DIFFERENCE_COLUMNS, api.pages(path, differenceSchema));
}

/** A line for each, under a head. Answers how many there are. */
export async function writeRows<Column extends string>(
  file: string,
  columns: readonly Column[],
  differences: AsyncIterable<Readonly<Partial<Record<Column, Cell>>>>,
): Promise<number> {
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    yield csvLine(columns);
    for await (const difference of differences) {
      rows += 1;
      yield csvLine(columns.map((column) => textOf(difference[column])));
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

/** Dimensions of a matrix cell are `name=value`, with a space between them. */
function textOf(cell: Cell): string {
  if (typeof cell !== 'object') return String(cell ?? '');
  return Object.entries(cell)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function harmless(text: string): string {
  return FORMULA.test(text) && !DECIMAL.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
