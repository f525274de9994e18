import type { FailureClass } from '../postgres/failure-class.js';

/** Kafka did not acknowledge in time. The record may still arrive: whoever sends it again relies on dedupe. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  readonly failureClass: FailureClass = 'transient';
}

/** A bounded queue is full. Nothing was taken. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly failureClass: FailureClass = 'transient';
}

export type HaltReason =
  | 'data_lost'
  | 'wrong_cluster'
  | 'gap'
  | 'unknown_message'
  | 'unrecorded_failure';

/** Going on would lose or double something: the partition stops, with an alarm, until somebody has looked. */
export class PartitionHalted extends Error {
  override readonly name = 'PartitionHalted';
  readonly failureClass: FailureClass = 'halt';

  constructor(
    readonly reason: HaltReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Whether a consumer that kafkajs gave up only lost its broker for longer than it retries. It calls a group
 * coordinator that it cannot find final, though one is there again with the broker.
 */
export function isBrokerAway(error: unknown): boolean {
  let cause = error as { readonly name?: string; readonly cause?: unknown } | undefined;
  for (let depth = 0; cause && depth < 8; depth++) {
    if (cause.name === 'KafkaJSGroupCoordinatorNotFound') return true;
    cause = cause.cause as typeof cause;
  }
  return false;
}
