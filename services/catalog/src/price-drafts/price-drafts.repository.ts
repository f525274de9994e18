import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { PriceBody } from '../prices/price.schema.js';

export interface DraftName {
  readonly tenant: string;
  readonly key: string;
}

interface DraftRow {
  readonly document: PriceBody;
}

export async function savePriceDraft(
  tx: Transaction,
  { tenant, key }: DraftName,
  document: PriceBody,
): Promise<void> {
  await tx.execute(
    `insert into price_drafts (tenant, key, document) values ($1::text, $2::text, $3::jsonb)
     on conflict (tenant, key) do update set document = excluded.document`,
    [tenant, key, JSON.stringify(document)],
  );
}

export async function findPriceDraft(
  tx: Transaction,
  { tenant, key }: DraftName,
): Promise<PriceBody | undefined> {
  const [row] = await tx.query<DraftRow>(
    'select document from price_drafts where tenant = $1::text and key = $2::text',
    [tenant, key],
  );
  return row?.document;
}

/** Those whose key comes after `after`, in byte order of keys. */
export async function listPriceDrafts(
  tx: Transaction,
  tenant: string,
  page: { readonly after: string; readonly count: number },
): Promise<PriceBody[]> {
  const rows = await tx.query<DraftRow>(
    `select document from price_drafts where tenant = $1::text and key > $2::text
      order by key limit $3::integer`,
    [tenant, page.after, page.count],
  );
  return rows.map(({ document }) => document);
}

/** Whether there was one. */
export async function deletePriceDraft(
  tx: Transaction,
  { tenant, key }: DraftName,
): Promise<boolean> {
  const rows = await tx.query(
    'delete from price_drafts where tenant = $1::text and key = $2::text returning key',
    [tenant, key],
  );
  return rows.length > 0;
}
