import { isDeepStrictEqual } from 'node:util';
import { appendToOutbox, type OutboxRef } from '@farthing/adapters/outbox/outbox';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { catalogEntryToMessage } from '@farthing/contracts/catalog/catalog-message';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import {
  advanceCatalog,
  findLatestVersion,
  insertVersion,
  lockCatalog,
  type StoredVersion,
  type ThingName,
} from './versions.repository.js';

export interface VersionChange<Document> extends ThingName {
  readonly document: Document;
  /** Throws when the next version may not follow the latest one. */
  readonly checkSuccession?: (latest: Document) => void;
  /** The thing as the other services read it. */
  readonly thingOf: (stored: StoredVersion<Document>) => CatalogThing;
}

export interface RecordedVersion<Document> {
  readonly stored: StoredVersion<Document>;
  /** False when the document is the one that the latest version has: then there is no new one. */
  readonly changed: boolean;
  /** What Kafka must have before the caller is answered. */
  readonly message: OutboxRef;
}

/**
 * Makes the next version of a thing, unless its document is the latest one's. The row, its catalog version and its
 * message are of one transaction; the catalog stays locked until that ends, so versions are dense and in order.
 */
export async function recordVersion<Document>(
  tx: Transaction,
  change: VersionChange<Document>,
): Promise<RecordedVersion<Document>> {
  const last = await lockCatalog(tx);
  const latest = await findLatestVersion<Document>(tx, change);
  const { tenant, kind, key, document } = change;
  if (latest) change.checkSuccession?.(latest.document);
  if (latest && isDeepStrictEqual(latest.document, asJson(document))) {
    return { stored: latest, changed: false, message: messageOf(latest.catalogVersion) };
  }
  const version = (latest?.version ?? 0) + 1;
  const stored = { tenant, kind, key, version, catalogVersion: last + 1, document };
  await insertVersion(tx, stored);
  await advanceCatalog(tx, stored.catalogVersion);
  const entry = { catalogVersion: stored.catalogVersion, thing: change.thingOf(stored) };
  const message = await appendToOutbox(tx, {
    topic: TOPICS.catalog,
    partition: 0,
    value: catalogEntryToMessage(entry),
  });
  if (message.number !== BigInt(stored.catalogVersion)) {
    throw new Error(`catalog version ${stored.catalogVersion} has message ${message.number}`);
  }
  return { stored, changed: true, message };
}

/** Both numbers are dense from 1 and taken under the catalog's lock, so a version names its message. */
function messageOf(catalogVersion: number): OutboxRef {
  return { topic: TOPICS.catalog, partition: 0, number: BigInt(catalogVersion) };
}

/** As PostgreSQL gives it back: without members that are undefined. */
function asJson(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document));
}
