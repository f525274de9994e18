import { create } from '@bufbuild/protobuf';
import { PositionSchema } from '../generated/farthing/usage/v1/position_pb.js';
import type { Position as PositionMessage } from '../generated/farthing/usage/v1/position_pb.js';

/** A place in the log, as messages hold it. Structurally the position of the domain. */
export interface WirePosition {
  readonly generation: number;
  readonly partition: number;
  readonly offset: bigint;
  readonly index: number;
}

export function positionToMessage(position: WirePosition): PositionMessage {
  return create(PositionSchema, { ...position });
}

/** Throws when a message has none. */
export function positionFromMessage(message: PositionMessage | undefined): WirePosition {
  if (!message) throw new Error('a message has no position');
  const { generation, partition, offset, index } = message;
  return { generation, partition, offset, index };
}
