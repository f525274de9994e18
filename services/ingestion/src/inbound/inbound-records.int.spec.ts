import { GROUPS } from '@farthing/contracts/topics/consumer-groups';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { inboundTopicOf } from '@farthing/contracts/topics/topic-names';
import { eventAt, idAt } from '@farthing/contracts/wire/envelope-columns';
import { until } from '@farthing/testing/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACME_CATALOG } from '../usage-events/acme-catalog.spec.js';
import { DoorsOfAcme, PARTITIONS, type Logged } from '../usage-events/doors-of-acme.spec.js';

const ACME = inboundTopicOf('acme');

let doors: DoorsOfAcme;

beforeAll(async () => {
  doors = await DoorsOfAcme.open();
  // After the start, so that the consumer has to subscribe again.
  await doors.admin.ensureTopics([{ name: ACME, partitions: 2, replicationFactor: 1 }]);
});

afterAll(async () => {
  await doors?.close();
});

function structured(id: string, changes: Readonly<Record<string, unknown>> = {}): Buffer {
  const facts = { specversion: '1.0', id, source: 'web', type: 'article.read', subject: 'alice' };
  return Buffer.from(JSON.stringify({ ...facts, data: { bytes: 1 }, ...changes }));
}

/** What the log says in alice's and nobody's partitions, a word a record or event. */
function words(log: readonly Logged[]): string[] {
  return log.flatMap((record) => {
    if (record.case === 'control') return [record.control.case];
    const { envelope } = record;
    return Array.from({ length: envelope.count }, (_, i) => idAt(envelope, i));
  });
}

describe('the Kafka door', () => {
  it('takes events in both modes and in order, and gives a refused one a fate', async () => {
    const headers = {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: 'b',
      ce_source: 'web',
      ce_type: 'article.read',
      ce_subject: 'alice',
    };
    const bad = structured('bad', { data: { bytes: -5 } });
    await doors.send(ACME, 1, [
      { value: structured('a'), headers: { 'content-type': 'application/cloudevents+json' } },
      { value: Buffer.from('{"bytes":1}'), headers },
      { value: bad },
      { value: structured('c') },
      { value: Buffer.from('x'.repeat(100_000)) },
      { value: structured('b') },
    ]);
    const log = await until('all of it in the log', async () => {
      const read = await doors.readLog();
      return words(read).length >= 6 && read;
    });
    const ofAlice = log.filter(
      ({ partition }) => partition === partitionOf('acme', 'alice', PARTITIONS),
    );
    const nobodys = partitionOf('acme', '', PARTITIONS);
    const ordered = words(ofAlice.filter((record) => !isOfNobody(record)));
    expect(ordered).toEqual(['a', 'b', 'rejected', 'c', 'b']);

    const rejected = log.flatMap((record) =>
      record.case === 'control' && record.control.case === 'rejected'
        ? [{ ...record.control.value, partition: record.partition }]
        : [],
    );
    const [first, second] = rejected.toSorted((a, b) => (a.commandId < b.commandId ? -1 : 1));
    expect(first).toMatchObject({
      commandId: `rejected:${ACME}:1:2`,
      tenant: 'acme',
      customer: 'alice',
      source: 'web',
      eventId: 'bad',
      code: 'negative_quantity',
      pointer: '/data/bytes',
    });
    expect(Buffer.from(first!.bytes)).toEqual(bad);
    expect(second).toMatchObject({
      commandId: `rejected:${ACME}:1:4`,
      customer: '',
      code: 'event_too_large',
      partition: nobodys,
    });
    expect(second!.bytes).toHaveLength(64 * 1024);

    // The two modes of one event are one event.
    const events = ofAlice.flatMap((record) =>
      record.case === 'envelope'
        ? Array.from({ length: record.envelope.count }, (_, i) => eventAt(record.envelope, i))
        : [],
    );
    const [binary, again] = events.filter(({ id }) => id === 'b');
    expect(again!.bodyHash).toEqual(binary!.bodyHash);
    expect(again!.key).toEqual(binary!.key);
  });

  it('commits what the log has, and no more', async () => {
    await expect.poll(committed, { timeout: 20_000 }).toEqual(new Map([[1, 6n]]));
  });

  it('reads the topic of a tenant that was made later', async () => {
    const topic = inboundTopicOf('late');
    await doors.admin.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }]);
    await doors.send(topic, 0, [{ value: structured('before') }]);
    const [acme] = ACME_CATALOG;
    if (acme?.kind !== 'tenant') throw new Error('the first thing is a tenant');
    await doors.addToCatalog({ kind: 'tenant', tenant: { ...acme.tenant, id: 'late' } });
    const rejected = await until('its record in the log', async () =>
      (await doors.readLog()).find(
        (record) => record.case === 'control' && record.control.value.commandId.includes(topic),
      ),
    );
    expect(rejected).toMatchObject({
      control: { value: { tenant: 'late', code: 'unknown_type', eventId: 'before' } },
    });
    await doors.send(ACME, 0, [{ value: structured('still') }]);
    await until('acme is read as before', async () =>
      words(await doors.readLog()).includes('still'),
    );
  });
});

function committed(): Promise<ReadonlyMap<number, bigint>> {
  return doors.admin.committedOffsets(GROUPS.inbound, ACME);
}

function isOfNobody(record: Logged): boolean {
  return (
    record.case === 'control' &&
    record.control.case === 'rejected' &&
    record.control.value.customer === ''
  );
}
