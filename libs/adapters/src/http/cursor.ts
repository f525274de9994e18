import { z } from 'zod';
import { Problem } from './problem.js';

/** What a page's last row is found again by: its sort key, outermost first. */
export type Cursor = readonly (string | number)[];

export interface Page<Row> {
  readonly items: readonly Row[];
  /** Give it as `after` to get the next page; absent on the last one. */
  readonly next?: string;
}

/** `?limit=&after=` of every list. A page is in memory as rows, views and text at once: larger ones are felt there. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().max(1_024).optional(),
});

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Undefined for the first page. An `after` that is not ours is a 400 with the code `invalid_cursor`. */
export function decodeCursor<Shape extends z.ZodType>(
  after: string | undefined,
  shape: Shape,
): z.output<Shape> | undefined {
  if (after === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(after, 'base64url').toString('utf8')));
  } catch {
    throw new Problem({
      status: 400,
      code: 'invalid_cursor',
      detail: '`after` is not the `next` of an earlier answer',
      errors: [{ code: 'invalid_cursor', detail: 'not a cursor of this list', pointer: '/after' }],
    });
  }
}

/** `rows` is what a query for `limit + 1` answered: the extra row only tells that there is another page. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => Cursor,
): Page<Row> {
  if (rows.length <= limit) return { items: rows };
  const items = rows.slice(0, limit);
  return { items, next: encodeCursor(cursorOf(items.at(-1)!)) };
}
