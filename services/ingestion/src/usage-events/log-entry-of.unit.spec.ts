import { describe, expect, it } from 'vitest';
import { eventAt } from '@farthing/contracts/wire/envelope-columns';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import { columnsOfOne } from '@farthing/contracts/wire/single-event';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { logEntryOf } from './log-entry-of.js';

const EVENT: EnvelopeEvent = {
  tenant: 'acme',
  customer: 'alice',
  type: 'clip.watched',
  source: 'web',
  id: 'e-2',
  holdId: '',
  quoteToken: '',
  key: eventKey('acme', 'web', 'e-2'),
  bodyHash: bodyHash({ type: 'clip.watched', subject: 'alice', time: '' }, Buffer.from('{}')),
  occurredAt: 0,
  data: Buffer.from('{}'),
  readings: [{ meter: 'traffic', quantity: 5_000_000_000n }],
  properties: [],
};
const KEY = eventKey('acme', 'web', 'e-1').toString('hex');
const OWN_KEY = eventKey('acme', 'web', 'e-2').toString('hex');

function recordOf(event: EnvelopeEvent, kind: 'voids' | 'corrects') {
  const original = { kind, id: 'e-1' } as const;
  const entry = logEntryOf({ outcome: 'accepted', event, readings: [], original }, 7);
  if (entry.kind !== 'control') throw new Error('it goes into an envelope');
  expect(entry).toMatchObject({ tenant: 'acme', customer: 'alice' });
  const decoded = decodeUsageRecord(entry.value);
  if (decoded.case !== 'control') throw new Error('it is no control record');
  return decoded.control;
}

describe('an accepted event', () => {
  it('of use goes into an envelope', () => {
    const admitted = {
      outcome: 'accepted',
      event: EVENT,
      readings: [],
      original: undefined,
    } as const;
    expect(logEntryOf(admitted, 7)).toEqual({ kind: 'event', event: EVENT });
  });

  it('that voids another is a record of the customer’s partition, which names both', () => {
    const { case: kind, value } = recordOf({ ...EVENT, readings: [] }, 'voids');
    expect(kind).toBe('void');
    expect(value).toMatchObject({
      commandId: `void:${KEY}:${OWN_KEY}`,
      source: 'web',
      eventId: 'e-1',
    });
  });

  it('that corrects another carries what it reads, by the catalog version of the door', () => {
    const record = recordOf(EVENT, 'corrects');
    if (record.case !== 'correct') throw new Error(record.case);
    expect(record.value).toMatchObject({ commandId: `correct:${KEY}:${OWN_KEY}`, eventId: 'e-1' });
    const columns = columnsOfOne(record.value.replacement!);
    expect(columns.catalogVersion).toBe(7);
    expect(eventAt(columns, 0)).toEqual(EVENT);
  });
});
