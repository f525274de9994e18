import { createKafka, type KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createDataSource } from '@farthing/adapters/postgres/data-source';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';
import { TIMEOUT_MS } from './compare-books.js';
import type { ReplayConfig } from './replay-config.js';

/** The log, and the charges that rating has stored. */
export interface Books {
  readonly kafka: KafkaConnection;
  readonly stored: DataSource;
}

export async function openBooks(config: ReplayConfig, logger: Logger): Promise<Books> {
  const kafka = createKafka({
    brokers: config.FARTHING_KAFKA_BROKERS,
    clientId: 'farthing-replay',
    topicPrefix: config.FARTHING_TOPIC_PREFIX,
    sessionTimeoutMs: config.FARTHING_SESSION_TIMEOUT,
    logger,
  });
  const stored = await createDataSource({
    url: config.FARTHING_AUDITOR_URL,
    schema: 'rating',
    applicationName: 'farthing-replay',
    logger,
    poolSize: 1,
    statementTimeoutMs: TIMEOUT_MS,
  });
  return { kafka, stored };
}
