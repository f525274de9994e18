import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import type { InternalAnswer } from '../commands.js';
import { recordVersion } from '../versions/record-version.js';
import type { StoredVersion } from '../versions/versions.repository.js';

export interface KeyDocument {
  readonly service: string;
  /** 32 raw bytes in base64url. */
  readonly publicKey: string;
  /** In microseconds. */
  readonly validFrom: number;
  readonly validTo?: number;
}

/** Keys are of no tenant; no tenant's id has such a character. */
export const KEYS_TENANT = '@farthing';

/** Puts a public key on `catalog.v1`. The same facts again answer the version that has them. */
export async function publishKey(
  tx: Transaction,
  id: string,
  document: KeyDocument,
): Promise<InternalAnswer<number>> {
  const { stored, changed, message } = await recordVersion(tx, {
    tenant: KEYS_TENANT,
    kind: 'signing_key',
    key: id,
    document,
    thingOf: keyThing,
  });
  return { result: stored.catalogVersion, messages: [message], kind: 'signing_key', changed };
}

function keyThing({ key: id, version, document }: StoredVersion<KeyDocument>): CatalogThing {
  return { kind: 'signingKey', signingKey: { id, version, ...document } };
}
