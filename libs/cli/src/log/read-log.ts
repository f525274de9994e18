import type { KafkaConnection } from '@farthing/adapters/kafka/kafka-client';
import { createWholeTopicReader } from '@farthing/adapters/kafka/whole-topic-reader';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { catalogEntryFromMessage } from '@farthing/contracts/catalog/catalog-message';
import { decodeUsageRecord, type DecodedUsageRecord } from '@farthing/contracts/wire/usage-record';

const DEADLINE_MS = 120_000;

/** One record of the log with its place. */
export interface LogRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly appendedAtMs: number;
  readonly record: DecodedUsageRecord;
}

/** Reads `catalog.v1` to its end as of now. */
export async function readCatalog(kafka: KafkaConnection): Promise<CatalogView> {
  const view = new CatalogView();
  await readTopic(kafka, TOPICS.catalog, (value) => view.apply(catalogEntryFromMessage(value)));
  return view;
}

/** Passes every record of `usage.accepted.v1`, to its end as of now, in the order of each partition. */
export async function readLog(
  kafka: KafkaConnection,
  onRecord: (record: LogRecord) => void,
): Promise<void> {
  await readTopic(kafka, TOPICS.usageAccepted, (value, place) =>
    onRecord({ ...place, record: decodeUsageRecord(value) }),
  );
}

async function readTopic(
  kafka: KafkaConnection,
  topic: string,
  onValue: (value: Buffer, place: Omit<LogRecord, 'record'>) => void,
): Promise<void> {
  let failed: unknown;
  const reader = await createWholeTopicReader({
    kafka,
    topic,
    service: 'cli',
    logger: kafka.logger,
    onFatal: (error) => (failed = error),
    onRecord: ({ value, offset, appendedAtMs }, partition) => {
      if (value) onValue(value, { partition, offset, appendedAtMs });
    },
  });
  try {
    await reader.readToEndAsOfNow(DEADLINE_MS);
  } finally {
    await reader.close();
  }
  if (failed) throw failed;
}
