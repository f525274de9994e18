import { gzipSync } from 'node:zlib';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { eventAt } from '@farthing/contracts/wire/envelope-columns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meter } from './acme-catalog.spec.js';
import { DoorsOfAcme, PARTITIONS, type Logged } from './doors-of-acme.spec.js';

interface Result {
  readonly id?: string;
  readonly outcome: 'accepted' | 'rejected';
  readonly code?: string;
  readonly pointer?: string;
}

const BATCH = { 'content-type': 'application/cloudevents-batch+json' };
const LINES = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };

let doors: DoorsOfAcme;

beforeAll(async () => {
  doors = await DoorsOfAcme.open();
});

afterAll(async () => {
  await doors?.close();
});

function event(id: string, changes: Readonly<Record<string, unknown>> = {}): string {
  const customer = `c${Number.parseInt(id.split('-').at(-1)!, 10) % 50}`;
  const facts = { specversion: '1.0', id, source: 'web', type: 'article.read', subject: customer };
  const time = new Date().toISOString();
  return JSON.stringify({ ...facts, time, data: { bytes: 12, creator: 'bob' }, ...changes });
}

/** Position in the batch, what is sent there, the code it gets. */
const BAD: ReadonlyArray<readonly [number, string, string]> = [
  [0, '{"id":"bad","id":"bad"}', 'duplicate_key'],
  [17, '42', 'not_an_object'],
  [100, event('bad', { specversion: '2.0' }), 'specversion_unsupported'],
  [101, event('', { id: '' }), 'id_invalid'],
  [102, event('bad', { source: undefined }), 'source_missing'],
  [256, event('bad', { subject: 'a b' }), 'subject_invalid'],
  [333, event('bad', { type: 'never.heard' }), 'unknown_type'],
  [500, event('bad', { time: '2026-02-30T00:00:00Z' }), 'no_such_date'],
  [501, event('bad', { time: '2001-01-01T00:00:00Z' }), 'too_late'],
  [640, event('bad', { data: { bytes: -1 } }), 'negative_quantity'],
  [777, event('bad', { data: { bytes: 0.5 } }), 'number_not_exact'],
  [900, event('bad', { data: [] }), 'data_not_an_object'],
  [999, event('bad', { data: { bytes: 1, creator: {} } }), 'property_not_text'],
];

async function resultsOf(answer: Response): Promise<Result[]> {
  const body = (await answer.json()) as { results: Result[] };
  expect(answer.status).toBe(202);
  return body.results;
}

/** The events of the log whose id begins so, by partition. */
function eventsOf(log: readonly Logged[], prefix: string) {
  return log.flatMap((record) => {
    if (record.case === 'control') return [];
    const { envelope, partition } = record;
    return Array.from({ length: envelope.count }, (_, i) => ({
      ...eventAt(envelope, i),
      partition,
      catalogVersion: envelope.catalogVersion,
    })).filter(({ id }) => id.startsWith(prefix));
  });
}

describe('POST /v1/events', () => {
  it('takes 987 of 1,000 events of which 13 are bad, and gives 13 reasons', async () => {
    const sent = Array.from({ length: 1_000 }, (_, i) => event(`thousand-${i}`));
    for (const [at, bad] of BAD) sent[at] = bad;
    const results = await resultsOf(await doors.post(`[${sent.join()}]`, BATCH));
    expect(results).toHaveLength(1_000);
    const rejected = results.flatMap((result, at) =>
      result.outcome === 'rejected' ? [[at, result.code]] : [],
    );
    expect(rejected).toEqual(BAD.map(([at, , code]) => [at, code]));
    for (const [at] of BAD) expect(results[at]!.pointer).toMatch(new RegExp(`^/${at}(/|$)`));

    const logged = eventsOf(await doors.readLog(), 'thousand-');
    const accepted = results.flatMap(({ outcome, id }) => (outcome === 'accepted' ? [id!] : []));
    expect(accepted).toHaveLength(987);
    expect(logged.map(({ id }) => id).toSorted()).toEqual(accepted.toSorted());
    for (const { tenant, customer, partition } of logged) {
      expect(partition).toBe(partitionOf(tenant, customer, PARTITIONS));
    }
    const [one] = logged;
    expect(one).toMatchObject({
      tenant: 'acme',
      readings: [
        { meter: 'articles', quantity: 1_000_000_000n },
        { meter: 'traffic', quantity: 12_000_000_000n },
      ],
      properties: [{ pointer: '/creator', value: 'bob' }],
    });
    expect(one!.data.toString()).toBe('{"bytes":12,"creator":"bob"}');
  });

  it('keeps the order of a customer, over requests that wait for one another', async () => {
    for (let round = 0; round < 5; round++) {
      const events = Array.from({ length: 20 }, (_, i) =>
        event(`order-${round * 20 + i}`, { subject: 'alice' }),
      );
      await resultsOf(await doors.post(`[${events.join()}]`, BATCH));
    }
    const ids = eventsOf(await doors.readLog(), 'order-').map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 100 }, (_, i) => `order-${i}`));
  });

  it('reads lines in gzip', async () => {
    const body = gzipSync([event('gzip-1'), '{', event('gzip-2')].join('\n'));
    const results = await resultsOf(await doors.post(body, LINES));
    expect(results.map(({ code, outcome }) => code ?? outcome)).toEqual([
      'accepted',
      'not_json',
      'accepted',
    ]);
    expect(eventsOf(await doors.readLog(), 'gzip-')).toHaveLength(2);
  });

  it('passes on what comes twice in one request', async () => {
    const twice = event('twice-1');
    await resultsOf(await doors.post(`[${twice},${twice}]`, BATCH));
    const logged = eventsOf(await doors.readLog(), 'twice-');
    expect(logged).toHaveLength(2);
    expect(logged[0]!.key).toEqual(logged[1]!.key);
    expect(logged[0]!.bodyHash).toEqual(logged[1]!.bodyHash);
  });

  it('honours a meter that was made just now, and its version', async () => {
    const made = meter({ tenant: 'acme', key: 'tips', eventTypes: ['tip'], aggregation: 'count' });
    await doors.addToCatalog(made);
    const results = await resultsOf(
      await doors.post(`[${event('tip-1', { type: 'tip' })}]`, BATCH),
    );
    expect(results).toEqual([{ id: 'tip-1', outcome: 'accepted' }]);
    const [logged] = eventsOf(await doors.readLog(), 'tip-');
    expect(logged).toMatchObject({ readings: [{ meter: 'tips', quantity: 1_000_000_000n }] });
    const [before] = eventsOf(doors.log, 'twice-');
    expect(logged!.catalogVersion).toBe(before!.catalogVersion + 1);
  });

  it('leaves unknown customers to rating when catalog does not answer', async () => {
    const answer = await doors.post(`[${event('refuse-1', { data: {} })}]`, {
      ...BATCH,
      authorization: 'Bearer fk_live_strict',
    });
    expect(await resultsOf(answer)).toEqual([{ id: 'refuse-1', outcome: 'accepted' }]);
    const [logged] = eventsOf(await doors.readLog(), 'refuse-');
    expect(logged).toMatchObject({ tenant: 'strict' });
  });

  it('writes nothing of a dry run', async () => {
    const answer = await fetch(`${doors.url}?dryRun=true`, {
      method: 'POST',
      body: `[${event('dry-1')}]`,
      headers: { ...BATCH, authorization: 'Bearer fk_live_acme' },
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      results: [{ outcome: 'accepted', readings: [{ meter: 'articles' }, { meter: 'traffic' }] }],
    });
    expect(eventsOf(await doors.readLog(), 'dry-')).toEqual([]);
  });

  it('answers what is too large and what does not exist as problems', async () => {
    const large = await doors.post(' '.repeat(1024 * 1024 + 1), BATCH);
    expect([large.status, await large.json()]).toMatchObject([413, { code: 'body_too_large' }]);
    const nothing = await fetch(new URL('/v1/nothing', doors.url));
    expect([nothing.status, await nothing.json()]).toMatchObject([404, { code: 'not_found' }]);
  });
});
