import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import { decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { Controller, Inject } from '@nestjs/common';
import type { AppliedRated } from './apply-rated-messages.js';
import type { MessageIntake } from './message-intake.js';
import type { RangedMessage } from './ranged-message.js';

export const RATED_INTAKE = Symbol('rated-intake');

@Controller()
export class RatedChargesConsumer {
  constructor(
    @Inject(RATED_INTAKE) private readonly intake: MessageIntake<RatedCharge, AppliedRated>,
  ) {}

  @BatchHandler(TOPICS.chargesRated)
  handle(batch: RecordBatch): Promise<BatchOutcome> {
    return this.intake.take(batch);
  }
}

export function ratedFromBytes(bytes: Buffer): RangedMessage<RatedCharge> {
  const { from, to, echoes, charges } = decodeRatedMessage(bytes);
  return { from, to, echoes, items: charges };
}
