import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyPostgres } from './apply-postgres.js';
import { applyTopics } from './apply-topics.js';
import type { DatabaseUrls } from './declared/roles.js';
import { type KafkaServer, startKafka } from './servers/kafka-process.js';
import { waitUntil } from './servers/wait-until.js';
import { type PostgresServer, startPostgres } from './servers/postgres-process.js';

let folder: string;
let kafka: KafkaServer;
let postgres: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-declared-'));
  // Else the data would lie elsewhere, where its user can reach it, and outlive this folder.
  chmodSync(folder, 0o755);
  [kafka, postgres] = await Promise.all([
    startKafka({ folder: join(folder, 'kafka'), heapMegabytes: 256, endWithParent: true }),
    startPostgres({ folder: join(folder, 'postgres'), endWithParent: true }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([kafka.stop('immediate'), postgres.stop('immediate')]);
  rmSync(folder, { recursive: true, force: true });
});

/** The controller answers before each broker has read what it wrote. */
async function retentionShows(value: string): Promise<void> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const resources = [{ type, name: 'a.catalog.v1', configNames: ['retention.ms'] }];
  const shown = await withAdmin(kafka.brokers, (admin) =>
    waitUntil(
      async () => {
        const answer = await admin.describeConfigs({ resources, includeSynonyms: false });
        return answer.resources[0]!.configEntries[0]!.configValue === value;
      },
      { timeoutMs: 10_000 },
    ),
  );
  expect(shown).toBe(true);
}

describe('applyTopics', () => {
  it('makes them once, sets what differs, and finds nothing to do after that', async () => {
    const { brokers } = kafka;
    const made = await applyTopics({ brokers, prefix: 'a.', partitions: 2 });
    expect(made.created).toHaveLength(6);
    expect(await applyTopics({ brokers, prefix: 'a.', partitions: 2 })).toEqual({
      created: [],
      altered: [],
    });

    await withAdmin(brokers, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: 'a.catalog.v1',
            configEntries: [{ name: 'retention.ms', value: '1000' }],
          },
        ],
      }),
    );
    await retentionShows('1000');
    expect(await applyTopics({ brokers, prefix: 'a.', partitions: 2 })).toEqual({
      created: [],
      altered: ['a.catalog.v1'],
    });
    await retentionShows('-1');
    expect(await applyTopics({ brokers, prefix: 'a.', partitions: 2 })).toEqual({
      created: [],
      altered: [],
    });
  });

  it('refuses another partition count: it would move customers', async () => {
    const { brokers } = kafka;
    await applyTopics({ brokers, prefix: 'b.', partitions: 2 });
    await expect(applyTopics({ brokers, prefix: 'b.', partitions: 3 })).rejects.toThrow(
      'topic b.usage.accepted.v1 has 2 partitions and is declared with 3',
    );
  });
});

describe('applyPostgres', () => {
  const database = 'declared';
  let urls: DatabaseUrls;
  beforeAll(async () => {
    urls = await applyPostgres({ adminUrl: postgres.url, database, secret: 'one' });
    const { owner } = urls.schemas.rating!;
    await query(owner, 'create table charge (tenant_id text not null, n int4 not null)');
    await query(owner, 'alter table charge enable row level security');
    await query(owner, 'alter table charge force row level security');
    await query(
      owner,
      `create policy of_tenant on charge
       using (tenant_id = current_setting('farthing.tenant', true))`,
    );
    await query(owner, 'grant select on charge to rating_api');
    await query(owner, 'grant select, insert on charge to rating_batch');
    await query(urls.schemas.rating!.batch, `insert into charge values ('t1', 1), ('t2', 2)`);
  });

  it('puts each service’s tables into its own schema', async () => {
    const sql = `select table_schema from information_schema.tables where table_name = 'charge'`;
    expect(await query(urls.auditor, sql)).toEqual([{ table_schema: 'rating' }]);
  });

  it('changes nothing when it is done again', async () => {
    expect(await applyPostgres({ adminUrl: postgres.url, database, secret: 'one' })).toEqual(urls);
    expect(await query(urls.schemas.rating!.api, 'select n from charge')).toEqual([]);
  });

  it('gives the api role what the migration granted, and only rows of a tenant', async () => {
    const { api } = urls.schemas.rating!;
    expect(await query(api, 'select n from charge')).toEqual([]);
    await expect(query(api, `insert into charge values ('t1', 3)`)).rejects.toThrow(
      'permission denied',
    );
    await expect(query(api, 'create table mine (n int4)')).rejects.toThrow('permission denied');
  });

  it('lets the auditor read all rows of every schema and write none', async () => {
    expect(await query(urls.auditor, 'select n from rating.charge order by n')).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    await expect(query(urls.auditor, 'delete from rating.charge')).rejects.toThrow(
      'permission denied',
    );
  });

  it('lets no service see another’s schema', async () => {
    await expect(query(urls.schemas.wallets!.batch, 'select from rating.charge')).rejects.toThrow(
      'permission denied',
    );
    await expect(query(urls.schemas.wallets!.owner, 'select from rating.charge')).rejects.toThrow(
      'permission denied',
    );
  });

  it('holds when several apply to databases of one server at once', async () => {
    const places = ['d1', 'd2', 'd3', 'd1'].map((name) => ({
      adminUrl: postgres.url,
      database: name,
      secret: 'one',
    }));
    const applied = await Promise.all(places.map((place) => applyPostgres(place)));
    for (const { schemas } of applied) {
      expect(await query(schemas.wallets!.api, 'select current_schema() as schema')).toEqual([
        { schema: 'wallets' },
      ]);
    }
  });
});

async function withAdmin<T>(
  brokers: string,
  work: (admin: kafkajs.Admin) => Promise<T>,
): Promise<T> {
  const admin = new kafkajs.Kafka({
    brokers: [brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
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
