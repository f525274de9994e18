import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { EchoSchema } from '../generated/farthing/rating/v1/rated_pb.js';
import type { Echo } from '../generated/farthing/rating/v1/rated_pb.js';
import { PositionSchema } from '../generated/farthing/usage/v1/position_pb.js';
import { SCHEMA_VERSION } from '../topics/log-generation.js';
import { positionFromMessage, positionToMessage } from './position-message.js';
import type { WirePosition } from './position-message.js';
import { checkSchemaVersion } from './usage-record.js';
import { WireError, WireReader } from './wire-reader.js';
import type { WireWriter } from './wire-writer.js';

/** What a rated and a paid message begin with: the half-open range [from, to) of the log, and its echoes. */
export interface RangedContent {
  readonly from: WirePosition;
  readonly to: WirePosition;
  readonly echoes: ReadonlyArray<MessageInitShape<typeof EchoSchema>>;
}

export interface DecodedRange extends RangedContent {
  readonly echoes: readonly Echo[];
}

/** Fields 1 to 4 of either message. */
export function writeRange(wire: WireWriter, { from, to, echoes }: RangedContent): void {
  wire.uint(1, SCHEMA_VERSION);
  wire.message(2, toBinary(PositionSchema, positionToMessage(from)));
  wire.message(3, toBinary(PositionSchema, positionToMessage(to)));
  for (const echo of echoes) wire.message(4, toBinary(EchoSchema, create(EchoSchema, echo)));
}

/**
 * Reads a whole message; `onField` takes or skips each field behind the range. Throws `UnknownRecordError` for a newer
 * version, `WireError` for bytes that are no such message.
 */
export function readRanged(
  bytes: Uint8Array,
  name: 'rated' | 'paid',
  onField: (reader: WireReader) => void,
): DecodedRange {
  let schemaVersion = 0;
  let from: WirePosition | undefined;
  let to: WirePosition | undefined;
  const echoes: Echo[] = [];
  const reader = new WireReader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        schemaVersion = reader.uint();
        break;
      case 2:
        from = positionFromMessage(fromBinary(PositionSchema, reader.bytes()));
        break;
      case 3:
        to = positionFromMessage(fromBinary(PositionSchema, reader.bytes()));
        break;
      case 4:
        echoes.push(fromBinary(EchoSchema, reader.bytes()));
        break;
      default:
        onField(reader);
    }
  }
  checkSchemaVersion(schemaVersion);
  if (!from || !to) throw new WireError(`a ${name} message has no range`);
  return { from, to, echoes };
}
