import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { UsageRecordSchema } from '../generated/farthing/usage/v1/usage_record_pb.js';
import { EnvelopeBuilder } from './envelope-builder.js';
import { UnknownRecordError, decodeUsageRecord, encodeControlRecord } from './usage-record.js';
import { WireError } from './wire-reader.js';

describe('decodeUsageRecord', () => {
  it('gives back a control record', () => {
    const bytes = encodeControlRecord({
      case: 'barrier',
      value: { commandId: 'run_1', runId: 'run_1', tenant: 'acme', closesBeforeMicros: 5n },
    });
    const decoded = decodeUsageRecord(bytes);
    expect(decoded).toMatchObject({
      case: 'control',
      control: { case: 'barrier', value: { runId: 'run_1', closesBeforeMicros: 5n } },
    });
  });

  it('stops at a newer schema version', () => {
    const newer = create(UsageRecordSchema, {
      schemaVersion: 2,
      record: { case: 'barrier', value: {} },
    });
    expect(() => decodeUsageRecord(toBinary(UsageRecordSchema, newer))).toThrow(UnknownRecordError);
  });

  it('stops at a case that it does not know', () => {
    const caseTwenty = Buffer.from([0x08, 0x01, 0xa2, 0x01, 0x00]);
    expect(() => decodeUsageRecord(caseTwenty)).toThrow(UnknownRecordError);
  });

  it('refuses bytes that are cut off', () => {
    const builder = new EnvelopeBuilder(1);
    builder.add({
      tenant: 'acme',
      customer: 'alice',
      type: 't',
      source: 's',
      id: '1',
      holdId: '',
      quoteToken: '',
      key: Buffer.alloc(16),
      bodyHash: Buffer.alloc(32),
      occurredAt: 1,
      data: Buffer.from('{}'),
      readings: [],
      properties: [],
    });
    const bytes = builder.finish();
    for (let length = 3; length < bytes.length; length++) {
      expect(() => decodeUsageRecord(bytes.subarray(0, length))).toThrow(WireError);
    }
  });
});
