import type { Transaction } from '@farthing/adapters/postgres/transaction';

export type ThingKind = 'tenant' | 'api_key' | 'meter' | 'price' | 'plan' | 'signing_key';

/** What names a thing; of an API key the key is its id, of a tenant its own id. */
export interface ThingName {
  readonly tenant: string;
  readonly kind: ThingKind;
  readonly key: string;
}

/** One immutable version of a thing. The document is JSON without tenant, key and version. */
export interface StoredVersion<Document> extends ThingName {
  readonly version: number;
  readonly catalogVersion: number;
  readonly document: Document;
}

export interface VersionRow<Document> {
  readonly tenant: string;
  readonly kind: ThingKind;
  readonly key: string;
  readonly version: string;
  readonly catalog_version: string;
  readonly document: Document;
}

export const VERSION_COLUMNS = 'tenant, kind, key, version, catalog_version, document';

/** The last catalog version; nobody else changes the catalog until the transaction ends. */
export async function lockCatalog(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ last_version: string }>(
    'select last_version from catalog_clock for update',
  );
  return Number(row!.last_version);
}

/** The last catalog version that was committed. */
export async function readCatalogVersion(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ last_version: string }>('select last_version from catalog_clock');
  return Number(row!.last_version);
}

export async function advanceCatalog(tx: Transaction, catalogVersion: number): Promise<void> {
  await tx.execute('update catalog_clock set last_version = $1::bigint', [catalogVersion]);
}

export async function insertVersion(tx: Transaction, row: StoredVersion<unknown>): Promise<void> {
  await tx.execute(
    `insert into versions (tenant, kind, key, version, catalog_version, document)
     values ($1::text, $2::text, $3::text, $4::bigint, $5::bigint, $6::jsonb)`,
    [row.tenant, row.kind, row.key, row.version, row.catalogVersion, JSON.stringify(row.document)],
  );
}

export async function findLatestVersion<Document>(
  tx: Transaction,
  { tenant, kind, key }: ThingName,
): Promise<StoredVersion<Document> | undefined> {
  const [row] = await tx.query<VersionRow<Document>>(
    `select ${VERSION_COLUMNS} from versions
      where tenant = $1::text and kind = $2::text and key = $3::text
      order by version desc limit 1`,
    [tenant, kind, key],
  );
  return row && versionFromRow(row);
}

export async function findVersion<Document>(
  tx: Transaction,
  { tenant, kind, key }: ThingName,
  version: number,
): Promise<StoredVersion<Document> | undefined> {
  const [row] = await tx.query<VersionRow<Document>>(
    `select ${VERSION_COLUMNS} from versions
      where tenant = $1::text and kind = $2::text and key = $3::text and version = $4::bigint`,
    [tenant, kind, key, version],
  );
  return row && versionFromRow(row);
}

/** The latest version of each thing of a kind whose key comes after `after`, in byte order of keys. */
export async function listLatestVersions<Document>(
  tx: Transaction,
  { tenant, kind }: Pick<ThingName, 'tenant' | 'kind'>,
  page: { readonly after: string; readonly count: number },
): Promise<StoredVersion<Document>[]> {
  const rows = await tx.query<VersionRow<Document>>(
    `select distinct on (key) ${VERSION_COLUMNS} from versions
      where tenant = $1::text and kind = $2::text and key > $3::text
      order by key, version desc limit $4::integer`,
    [tenant, kind, page.after, page.count],
  );
  return rows.map(versionFromRow);
}

/** The latest version of each of the keys that names a thing, in no order. */
export async function findLatestVersions<Document>(
  tx: Transaction,
  { tenant, kind }: Pick<ThingName, 'tenant' | 'kind'>,
  keys: readonly string[],
): Promise<StoredVersion<Document>[]> {
  const rows = await tx.query<VersionRow<Document>>(
    `select distinct on (key) ${VERSION_COLUMNS} from versions
      where tenant = $1::text and kind = $2::text and key = any($3::text[])
      order by key, version desc`,
    [tenant, kind, keys],
  );
  return rows.map(versionFromRow);
}

/** Those of the keys that name a thing. */
export async function findExistingKeys(
  tx: Transaction,
  { tenant, kind }: Pick<ThingName, 'tenant' | 'kind'>,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ key: string }>(
    `select distinct key from versions
      where tenant = $1::text and kind = $2::text and key = any($3::text[])`,
    [tenant, kind, keys],
  );
  return new Set(rows.map(({ key }) => key));
}

export function versionFromRow<Document>(row: VersionRow<Document>): StoredVersion<Document> {
  return {
    tenant: row.tenant,
    kind: row.kind,
    key: row.key,
    version: Number(row.version),
    catalogVersion: Number(row.catalog_version),
    document: row.document,
  };
}
