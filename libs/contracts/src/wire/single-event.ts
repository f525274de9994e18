import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { EnvelopeSchema, type Envelope } from '../generated/farthing/usage/v1/envelope_pb.js';
import { UsageRecordSchema } from '../generated/farthing/usage/v1/usage_record_pb.js';
import { EnvelopeBuilder, type EnvelopeEvent } from './envelope-builder.js';
import { decodeEnvelope, type EnvelopeColumns } from './envelope-columns.js';
import { WireError } from './wire-reader.js';

/** An envelope of one event, as a control record carries it. */
export function envelopeOfOne(event: EnvelopeEvent, catalogVersion: number): Envelope {
  const builder = new EnvelopeBuilder(catalogVersion);
  builder.add(event);
  const { record } = fromBinary(UsageRecordSchema, builder.finish());
  return record.value as Envelope;
}

/** The columns of such an envelope. Throws `WireError` when there is none, or it does not hold one event. */
export function columnsOfOne(envelope: Envelope | undefined): EnvelopeColumns {
  if (!envelope) throw new WireError('a record lacks its envelope of one event');
  const columns = decodeEnvelope(toBinary(EnvelopeSchema, envelope));
  if (columns.count !== 1) throw new WireError('an envelope of one event has another number');
  return columns;
}
