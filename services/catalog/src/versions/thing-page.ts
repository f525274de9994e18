import { z } from 'zod';
import { decodeCursor, pageOf, pageQuery, type Page } from '@farthing/adapters/http/cursor';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { listLatestVersions, type StoredVersion, type ThingName } from './versions.repository.js';

/** `?limit=&after=`; anything else is refused, as a misspelt parameter would be ignored otherwise. */
export const keyPageQuery = z.strictObject(pageQuery.shape);
export type KeyPageQuery = z.output<typeof keyPageQuery>;

/** What follows the last key of the page before; '' sorts before every key. */
export function afterKey({ after }: Pick<KeyPageQuery, 'after'>): string {
  return decodeCursor(after, z.tuple([z.string()]))?.[0] ?? '';
}

/** A page of the latest versions of a kind, in byte order of keys. */
export async function readThingPage<Document, Answer>(
  tx: Transaction,
  list: Pick<ThingName, 'tenant' | 'kind'> & {
    readonly query: KeyPageQuery;
    readonly present: (stored: StoredVersion<Document>) => Answer;
  },
): Promise<Page<Answer>> {
  const { limit } = list.query;
  const range = { after: afterKey(list.query), count: limit + 1 };
  const rows = await listLatestVersions<Document>(tx, list, range);
  const page = pageOf(rows, limit, ({ key }) => [key]);
  return { ...page, items: page.items.map(list.present) };
}
