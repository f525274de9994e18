import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from './child-process.js';
import { type KafkaServer, kafkaAnswers, startKafka } from './kafka-process.js';
import { type PostgresServer, postgresAnswers, startPostgres } from './postgres-process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-servers-'));
  // Else the data would lie elsewhere, where its user can reach it, and outlive this folder.
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('PostgreSQL', () => {
  let server: PostgresServer;
  afterAll(() => server.stop('immediate'));

  it(
    'keeps data and address over a clean and over an immediate stop',
    { timeout: 90_000 },
    async () => {
      server = await ownPostgres();
      const first = server;
      await query(server.url, 'create table kept (n int4 primary key)');
      await query(server.url, 'insert into kept values (1)');

      await server.stop('fast');
      expect(isAlive(first)).toBe(false);
      expect(await postgresAnswers(first.url)).toBe(false);

      server = await ownPostgres();
      expect(server.url).toBe(first.url);
      expect(server.pid).not.toBe(first.pid);
      await query(server.url, 'insert into kept values (2)');

      await server.stop('immediate');
      server = await ownPostgres();
      expect(await query(server.url, 'select n from kept order by n')).toEqual([
        { n: 1 },
        { n: 2 },
      ]);
      expect(await query(server.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
    },
  );
});

describe('Kafka', () => {
  let server: KafkaServer;
  afterAll(() => server.stop('immediate'));

  it(
    'keeps records and address over a clean and over an immediate stop',
    { timeout: 120_000 },
    async () => {
      server = await ownKafka();
      const first = server;
      const client = new kafkajs.Kafka({
        brokers: [server.brokers],
        logLevel: kafkajs.logLevel.NOTHING,
      });
      const admin = client.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }] });
      await admin.disconnect();
      await send(client, 'one');

      await server.stop('clean');
      expect(isAlive(first)).toBe(false);
      expect(await kafkaAnswers(first.brokers)).toBe(false);

      server = await ownKafka();
      expect(server.brokers).toBe(first.brokers);
      await send(client, 'two');

      await server.stop('immediate');
      server = await ownKafka();
      await admin.connect();
      const [offsets] = await admin.fetchTopicOffsets('kept');
      await admin.disconnect();
      expect(offsets).toMatchObject({ partition: 0, low: '0', high: '2' });
    },
  );
});

function ownPostgres(): Promise<PostgresServer> {
  return startPostgres({ folder: join(folder, 'postgres'), endWithParent: true });
}

function ownKafka(): Promise<KafkaServer> {
  return startKafka({ folder: join(folder, 'kafka'), heapMegabytes: 256, endWithParent: true });
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function send(client: kafkajs.Kafka, value: string): Promise<void> {
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: 'kept', messages: [{ partition: 0, value }] });
  await producer.disconnect();
}
