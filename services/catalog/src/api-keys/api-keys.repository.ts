import type { DataSource } from 'typeorm';
import type { PresentedKey } from '@farthing/adapters/http/bearer-auth';
import { runInTransaction, type Transaction } from '@farthing/adapters/postgres/transaction';

/** An API key without its id, tenant and version. */
export interface ApiKeyDocument {
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
}

interface PresentedKeyRow {
  readonly key: string;
  readonly tenant: string;
  readonly document: ApiKeyDocument;
}

/**
 * Whose key has this hash, as of now. It runs as the API role and as no tenant: row-level security then shows the
 * versions of the presented key and nothing else.
 */
export function findPresentedKey(
  dataSource: DataSource,
  sha256: string,
): Promise<PresentedKey | undefined> {
  return runInTransaction(dataSource, { readOnly: true }, async (tx) => {
    await presentKey(tx, sha256);
    return findLatestByHash(tx, sha256);
  });
}

async function presentKey(tx: Transaction, sha256: string): Promise<void> {
  await tx.query(`select set_config('farthing.presented_key', $1::text, true)`, [sha256]);
}

async function findLatestByHash(
  tx: Transaction,
  sha256: string,
): Promise<PresentedKey | undefined> {
  const [row] = await tx.query<PresentedKeyRow>(
    `select tenant, key, document from versions
      where kind = 'api_key' and document ->> 'sha256' = $1::text
      order by version desc limit 1`,
    [sha256],
  );
  if (!row) return undefined;
  const { scopes, revoked } = row.document;
  return { id: row.key, tenant: row.tenant, scopes, revoked };
}
