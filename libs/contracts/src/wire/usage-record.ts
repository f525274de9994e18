import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { UsageRecordSchema } from '../generated/farthing/usage/v1/usage_record_pb.js';
import type { UsageRecord } from '../generated/farthing/usage/v1/usage_record_pb.js';
import { SCHEMA_VERSION } from '../topics/log-generation.js';
import { decodeEnvelope } from './envelope-columns.js';
import type { EnvelopeColumns } from './envelope-columns.js';
import { WireReader } from './wire-reader.js';

/** A control record: every case of `UsageRecord` but the envelope, as the generated code gives it. */
export type ControlRecord = Exclude<
  UsageRecord['record'],
  { case: 'envelope' } | { case: undefined }
>;

/** The same before it is encoded. */
export type ControlRecordInit = Exclude<
  MessageInitShape<typeof UsageRecordSchema>['record'],
  { case: 'envelope' } | { case: undefined } | undefined
>;

/** What one record of the log is. */
export type DecodedUsageRecord =
  | { readonly case: 'envelope'; readonly envelope: EnvelopeColumns }
  | { readonly case: 'control'; readonly control: ControlRecord };

/** A newer schema version or a case that this version does not know: the partition must stop. */
export class UnknownRecordError extends Error {}

export function encodeControlRecord(record: ControlRecordInit): Buffer {
  const message = create(UsageRecordSchema, { schemaVersion: SCHEMA_VERSION, record });
  return Buffer.from(toBinary(UsageRecordSchema, message));
}

/** Throws `UnknownRecordError` for what a newer version wrote, `WireError` for bytes that are no record. */
export function decodeUsageRecord(bytes: Uint8Array): DecodedUsageRecord {
  const reader = new WireReader(bytes);
  let envelope: Uint8Array | undefined;
  let schemaVersion = 0;
  while (reader.next()) {
    if (reader.field === 1) schemaVersion = reader.uint();
    else if (reader.field === 2) envelope = reader.bytes();
    else reader.skip();
  }
  checkSchemaVersion(schemaVersion);
  if (envelope) return { case: 'envelope', envelope: decodeEnvelope(envelope) };
  const { record } = fromBinary(UsageRecordSchema, bytes);
  if (record.case === undefined || record.case === 'envelope') {
    throw new UnknownRecordError('a record of the log has a case that this version does not know');
  }
  return { case: 'control', control: record };
}

/** Throws `UnknownRecordError` for a version above ours, or for none. */
export function checkSchemaVersion(schemaVersion: number): void {
  if (schemaVersion < 1 || schemaVersion > SCHEMA_VERSION) {
    throw new UnknownRecordError(
      `schema version ${schemaVersion} is not one that this version reads (1 to ${SCHEMA_VERSION})`,
    );
  }
}
