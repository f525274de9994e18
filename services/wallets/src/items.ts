import { encodeCursor, type Cursor } from '@farthing/adapters/http/cursor';

/** A page of a list: `next` is the `after` of the following one, and absent on the last. */
export interface Items<Json> {
  readonly items: readonly Json[];
  readonly next?: string;
}

/** `rows` is what a query for `limit + 1` answered: the extra row only tells that there is another page. */
export function itemsOf<Row, Json>(
  rows: readonly Row[],
  limit: number,
  how: { readonly toJson: (row: Row) => Json; readonly cursorOf: (row: Row) => Cursor },
): Items<Json> {
  const shown = rows.slice(0, limit);
  const items = shown.map((row) => how.toJson(row));
  if (rows.length <= limit) return { items };
  return { items, next: encodeCursor(how.cursorOf(shown.at(-1)!)) };
}
