import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { idAt } from '@farthing/contracts/wire/envelope-columns';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

/**
 * The planted fault: a consumer as textbooks show it, a process of its own. A message at a time, each event its own
 * insert, offsets committed by the client whenever it thinks fit. Killed between an effect and that commit, it does
 * the effect again. The suites must see that, or they would see nothing in Farthing either.
 */
const { TEXTBOOK_BROKERS, TEXTBOOK_PREFIX, TEXTBOOK_DATABASE_URL } = process.env;

const pool = new pg.Pool({ connectionString: TEXTBOOK_DATABASE_URL, max: 1 });
pool.on('error', (error) => process.stderr.write(`${error.message}\n`));

const consumer = new Kafka({
  clientId: 'textbook',
  brokers: TEXTBOOK_BROKERS!.split(','),
  logLevel: logLevel.NOTHING,
}).consumer({
  groupId: `${TEXTBOOK_PREFIX}textbook`,
  sessionTimeout: 6_000,
  heartbeatInterval: 1_000,
  retry: { retries: 1_000, maxRetryTime: 1_000 },
});

await consumer.connect();
await consumer.subscribe({
  topic: `${TEXTBOOK_PREFIX}${TOPICS.usageAccepted}`,
  fromBeginning: true,
});
await consumer.run({
  eachMessage: async ({ partition, message, ...batch }) => {
    const decoded = decodeUsageRecord(message.value!);
    if (decoded.case !== 'envelope') return;
    for (let at = 0; at < decoded.envelope.count; at += 1) {
      await pool.query(
        `insert into textbook_effects (position, event)
         values ($1::text, $2::text)`,
        [`${partition}-${message.offset}-${at}`, idAt(decoded.envelope, at)],
      );
    }
    await batch.heartbeat();
  },
});
