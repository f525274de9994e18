import { connect } from 'node:net';
import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import {
  createRecordProducer,
  type OutgoingRecord,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createTopicAdmin, type TopicAdmin } from '@farthing/adapters/kafka/topic-admin';
import {
  createWholeTopicReader,
  type WholeTopicReader,
} from '@farthing/adapters/kafka/whole-topic-reader';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { parseConfig } from '@farthing/adapters/config/load-config';
import { catalogEntryToMessage } from '@farthing/contracts/catalog/catalog-message';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodeUsageRecord, type DecodedUsageRecord } from '@farthing/contracts/wire/usage-record';
import { createTestTopics, type TestTopics } from '@farthing/testing/test-topics';
import { startIngestion } from '../app.module.js';
import { ingestionConfig } from '../config.js';
import { ACME_CATALOG } from './acme-catalog.spec.js';

export const PARTITIONS = 4;

/** A record of the log with the partition that it is in. */
export type Logged = DecodedUsageRecord & { readonly partition: number };

/** The whole service on a Kafka of its own names, with acme's catalog, and all of the log that it has written. */
export class DoorsOfAcme {
  readonly log: Logged[] = [];
  readonly url: string;
  #catalogVersion = 0;
  #closers: Array<() => Promise<unknown>> = [];
  #reader!: WholeTopicReader;
  #producer!: RecordProducer;
  admin!: TopicAdmin;

  private constructor(
    private readonly topics: TestTopics,
    private readonly kafka: KafkaConnection,
    readonly port: number,
    readonly grpcPort: number,
  ) {
    this.url = `http://127.0.0.1:${port}/v1/events`;
  }

  static async open(): Promise<DoorsOfAcme> {
    const topics = await createTestTopics({ partitions: PARTITIONS });
    const logger = createLogger({ service: 'spec', level: 'silent' });
    const { brokers, prefix } = topics;
    const kafka = createKafka({ brokers, clientId: 'spec', topicPrefix: prefix, logger });
    const doors = new DoorsOfAcme(topics, kafka, await freePort(), await freePort());
    doors.admin = createTopicAdmin(kafka);
    doors.#producer = createRecordProducer({ kafka });
    await doors.addToCatalog(...ACME_CATALOG);
    doors.#reader = await createWholeTopicReader({
      kafka,
      topic: TOPICS.usageAccepted,
      service: 'spec',
      logger,
      onRecord: (record, partition) => {
        doors.log.push({ ...decodeUsageRecord(record.value!), partition });
      },
    });
    const config = parseConfig(ingestionConfig, {
      FARTHING_ENV: 'development',
      FARTHING_KAFKA_BROKERS: brokers.join(','),
      FARTHING_TOPIC_PREFIX: prefix,
      FARTHING_PARTITIONS: String(PARTITIONS),
      FARTHING_HTTP_PORT: String(doors.port),
      FARTHING_MANAGEMENT_PORT: '0',
      FARTHING_INGESTION_GRPC_PORT: String(doors.grpcPort),
      FARTHING_CATALOG_GRPC_URL: '127.0.0.1:1',
    });
    if (config.outcome === 'refused') throw new Error(config.message);
    const steps = await startIngestion(config.config, logger);
    doors.#closers = steps.map(({ close }) => close);
    return doors;
  }

  async addToCatalog(...things: readonly CatalogThing[]): Promise<void> {
    const records = things.map((thing) => {
      this.#catalogVersion += 1;
      return { value: catalogEntryToMessage({ catalogVersion: this.#catalogVersion, thing }) };
    });
    await this.send(TOPICS.catalog, 0, records);
  }

  async send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<void> {
    await this.#producer.send({ topic, partition, records });
  }

  async post(body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<Response> {
    const authorization = 'Bearer fk_live_acme';
    return fetch(this.url, { method: 'POST', body, headers: { authorization, ...headers } });
  }

  /** Everything that the log has by now. */
  async readLog(): Promise<readonly Logged[]> {
    await this.#reader.readToEndAsOfNow();
    return this.log;
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
    await this.#reader.close();
    await this.#producer.close();
    await this.admin.close();
    await this.topics.drop();
  }
}

/** One that nobody listens at. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', () => resolve(true));
      socket.once('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
    if (isFree) return port;
  }
}
