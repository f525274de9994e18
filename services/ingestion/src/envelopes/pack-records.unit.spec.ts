import { ENVELOPE_EVENTS_MAX, MESSAGE_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { idAt } from '@farthing/contracts/wire/envelope-columns';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import { describe, expect, it } from 'vitest';
import { packRecords, type LogItem } from './pack-records.js';

function event(id: string, dataBytes = 2): EnvelopeEvent {
  return {
    tenant: 'acme',
    customer: 'alice',
    type: 'article.read',
    source: 'web',
    id,
    holdId: '',
    quoteToken: '',
    key: Buffer.alloc(16),
    bodyHash: Buffer.alloc(32),
    occurredAt: 0,
    data: Buffer.alloc(dataBytes),
    readings: [],
    properties: [],
  };
}

function events(catalogVersion: number, list: readonly EnvelopeEvent[], isGone = false): LogItem {
  return { kind: 'events', catalogVersion, events: list, isAbandoned: () => isGone };
}

const rejected = encodeControlRecord({ case: 'rejected', value: { commandId: 'rejected:t:0:1' } });
const control: LogItem = { kind: 'control', value: rejected, isAbandoned: () => false };

/** What each record says: `version:ids`, or the case of a control record. */
function said(items: readonly LogItem[]): string[] {
  return packRecords(items).map(({ value }) => {
    const record = decodeUsageRecord(value);
    if (record.case === 'control') return record.control.case;
    const { envelope } = record;
    const ids = Array.from({ length: envelope.count }, (_, i) => idAt(envelope, i));
    return `${envelope.catalogVersion}:${ids.join()}`;
  });
}

describe('packRecords', () => {
  it('puts the events of several requests into one envelope', () => {
    const items = [events(3, [event('a'), event('b')]), events(3, [event('c')])];
    expect(said(items)).toEqual(['3:a,b,c']);
    expect(packRecords(items)[0]!.items).toEqual(items);
  });

  it('closes an envelope at another catalog version, older or newer', () => {
    const items = [1, 2, 1, 1].map((version, i) => events(version, [event(String(i))]));
    expect(said(items)).toEqual(['1:0', '2:1', '1:2,3']);
  });

  it('keeps a control record in its place', () => {
    const items = [events(1, [event('a')]), control, events(1, [event('b')])];
    expect(said(items)).toEqual(['1:a', 'rejected', '1:b']);
  });

  it('leaves out what nobody waits for', () => {
    expect(said([events(1, [event('a')], true), events(1, [event('b')])])).toEqual(['1:b']);
    expect(said([events(1, [event('a')], true)])).toEqual([]);
  });

  it('closes an envelope at 2,000 events, and names an item in each record that carries it', () => {
    const item = events(
      1,
      Array.from({ length: ENVELOPE_EVENTS_MAX + 1 }, () => event('a')),
    );
    const records = packRecords([item]);
    expect(records.map(({ items }) => items)).toEqual([[item], [item]]);
  });

  it('closes an envelope at 512 KiB', () => {
    const items = [
      events(
        1,
        Array.from({ length: 30 }, (_, i) => event(String(i), 60_000)),
      ),
    ];
    const records = packRecords(items);
    expect(records.length).toBe(4);
    for (const { value } of records) expect(value.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
  });
});
