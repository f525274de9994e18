import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  catalogEntryToMessage,
  type CatalogEntry,
} from '@farthing/contracts/catalog/catalog-message';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { createKafka, type KafkaConnection } from '../kafka/kafka-client.js';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import { createRecordProducer, type RecordProducer } from '../kafka/record-producer.js';
import { createTopicAdmin, type TopicAdmin } from '../kafka/topic-admin.js';
import { createLogger } from '../telemetry/logger.js';
import { CatalogFeed } from './catalog-feed.js';

const logger = createLogger({ service: 'catalog-feed-spec', level: 'silent' });
let kafka: KafkaConnection;
let admin: TopicAdmin;
let producer: RecordProducer;

/** A plan's version is its catalog version here, so that what was read can be told from it. */
function planAt(catalogVersion: number): CatalogEntry {
  const plan = { tenant: 'acme', key: 'standard', version: catalogVersion, prices: ['articles'] };
  return { catalogVersion, thing: { kind: 'plan', plan } };
}

async function send(...versions: readonly number[]): Promise<void> {
  const records = versions.map((version) => ({ value: catalogEntryToMessage(planAt(version)) }));
  await producer.send({ topic: TOPICS.catalog, partition: 0, records });
}

beforeAll(async () => {
  kafka = createKafka({
    brokers: process.env.FARTHING_KAFKA_BROKERS!.split(','),
    clientId: 'catalog-feed-spec',
    topicPrefix: `feed-${randomUUID().slice(0, 8)}.`,
    logger,
  });
  admin = createTopicAdmin(kafka);
  await admin.ensureTopics([{ name: TOPICS.catalog, partitions: 1, replicationFactor: 1 }]);
  producer = createRecordProducer({ kafka });
});

afterAll(async () => {
  await producer?.close();
  await admin?.deleteTopics([TOPICS.catalog]);
  await admin?.close();
});

describe('CatalogFeed', () => {
  it('reads every version, ignores what is sent again, waits for what is not there, and stops at a gap', async () => {
    await send(1, 2);
    const seen: number[] = [];
    let fatal: unknown;
    const feed = await CatalogFeed.start({
      kafka,
      service: 'spec',
      logger,
      onEntry: (entry) => seen.push(entry.catalogVersion),
      onFatal: (error) => (fatal = error),
    });
    try {
      await feed.readToEndAsOfNow();
      expect(feed.view.version).toBe(2);
      expect(feed.view.planAt('acme', 'standard', 1)?.version).toBe(1);

      await expect(feed.waitFor(3, 50)).rejects.toBeInstanceOf(DeadlineExceeded);
      const third = feed.waitFor(3);
      await send(1, 2, 3, 3);
      await third;
      await feed.readToEndAsOfNow();
      expect(feed.view.planAt('acme', 'standard', 3)?.version).toBe(3);
      expect(seen).toEqual([1, 2, 3]);

      await send(5);
      await expect
        .poll(() => fatal, { timeout: 10_000 })
        .toMatchObject({
          message: expect.stringContaining('a gap'),
        });
      expect(feed.view.version).toBe(3);
    } finally {
      await feed.close();
    }
  });
});
