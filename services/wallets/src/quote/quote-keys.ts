import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcClient } from '@farthing/adapters/grpc/grpc-client';
import { runInTransaction } from '@farthing/adapters/postgres/transaction';
import {
  makeKeyPem,
  signingKeyFrom,
  type SigningKey,
} from '@farthing/adapters/signing/ed25519-key';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import {
  PublishKeyRequestSchema,
  PublishKeyResponseSchema,
} from '@farthing/contracts/generated/farthing/catalog/v1/signing_keys_pb';
import type { Micros } from '@farthing/domain/period/micros';
import type { DataSource } from 'typeorm';
import { findKeyInUse, insertKey, type QuoteKey } from './quote-keys.repository.js';

const PUBLISH_KEY = {
  path: '/farthing.catalog.v1.SigningKeyService/PublishKey',
  request: PublishKeyRequestSchema,
  response: PublishKeyResponseSchema,
};
const DEADLINE_MS = 5_000;
const RETRY_MS = 1_000;

export interface QuoteKeysParts {
  /** Of the API role. */
  readonly dataSource: DataSource;
  readonly view: CatalogView;
  /** host:port of catalog's gRPC. */
  readonly catalog: string;
  readonly logger: Logger;
}

/**
 * The key that signs quotes: made once, kept in the schema so that all processes sign by the same one, and used only
 * when its public half is on `catalog.v1`, where rating finds it.
 */
export class QuoteKeys {
  #signer: SigningKey | undefined;
  readonly #closing = new AbortController();

  private constructor(
    private readonly parts: QuoteKeysParts,
    private readonly key: SigningKey,
    private readonly validFrom: Micros,
  ) {}

  static async load(parts: QuoteKeysParts, now: Micros): Promise<QuoteKeys> {
    const { pem, validFrom } = await keyInUse(parts.dataSource, now);
    return new QuoteKeys(parts, signingKeyFrom(pem), validFrom);
  }

  /** Undefined until the public half is where rating finds it. */
  get signer(): SigningKey | undefined {
    return this.#signer;
  }

  /** Keeps trying: catalog may start later than we do, and a restart without it must still quote. */
  async publish(): Promise<void> {
    const { view, logger, catalog } = this.parts;
    if (view.signingKeyAt(this.key.keyId, view.version)) {
      this.#signer = this.key;
      return;
    }
    const client = new GrpcClient(catalog);
    try {
      while (!this.#closing.signal.aborted) {
        try {
          await client.call(PUBLISH_KEY, this.#message(), DEADLINE_MS);
          this.#signer = this.key;
          return;
        } catch (error) {
          logger.warn({ err: error }, 'catalog did not take the key that signs quotes');
          await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
        }
      }
    } finally {
      client.close();
    }
  }

  close(): void {
    this.#closing.abort();
  }

  #message() {
    const { keyId, publicKey } = this.key;
    return {
      id: keyId,
      service: 'wallets',
      publicKey: Buffer.from(publicKey, 'base64url'),
      validFromMicros: BigInt(this.validFrom),
    };
  }
}

function keyInUse(dataSource: DataSource, now: Micros): Promise<QuoteKey> {
  return runInTransaction(dataSource, {}, async (tx) => {
    const known = await findKeyInUse(tx);
    if (known) return known;
    const pem = makeKeyPem();
    await insertKey(tx, { keyId: signingKeyFrom(pem).keyId, pem, validFrom: now });
    return (await findKeyInUse(tx))!;
  });
}
