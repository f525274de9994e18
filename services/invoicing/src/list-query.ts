import { encodeCursor, type Cursor } from '@farthing/adapters/http/cursor';
import { z } from 'zod';

/** `?limit=&after=` of every list. */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().max(1_024).optional(),
});

export interface ListDocument<Item> {
  readonly items: readonly Item[];
  /** Give it as `after`; absent on the last page. */
  readonly next?: string;
}

/** `rows` is what a query for `limit + 1` answered: the extra row only tells that there is another page. */
export function listDocument<Row, Item>(
  rows: readonly Row[],
  limit: number,
  {
    itemOf,
    cursorOf,
  }: {
    readonly itemOf: (row: Row) => Item;
    readonly cursorOf: (row: Row) => Cursor;
  },
): ListDocument<Item> {
  const page = rows.slice(0, limit);
  const items = page.map(itemOf);
  return rows.length <= limit ? { items } : { items, next: encodeCursor(cursorOf(page.at(-1)!)) };
}
