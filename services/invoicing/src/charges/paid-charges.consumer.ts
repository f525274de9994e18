import {
  BatchHandler,
  type BatchOutcome,
  type RecordBatch,
} from '@farthing/adapters/kafka/batch-handler';
import { TOPICS } from '@farthing/contracts/topics/topic-names';
import { decodePaidMessage, type ChargePayment } from '@farthing/contracts/wire/paid-message';
import { Controller, Inject } from '@nestjs/common';
import type { AppliedPaid } from './apply-paid-messages.js';
import type { MessageIntake } from './message-intake.js';
import type { RangedMessage } from './ranged-message.js';

export const PAID_INTAKE = Symbol('paid-intake');

@Controller()
export class PaidChargesConsumer {
  constructor(
    @Inject(PAID_INTAKE) private readonly intake: MessageIntake<ChargePayment, AppliedPaid>,
  ) {}

  @BatchHandler(TOPICS.chargesPaid)
  handle(batch: RecordBatch): Promise<BatchOutcome> {
    return this.intake.take(batch);
  }
}

export function paidFromBytes(bytes: Buffer): RangedMessage<ChargePayment> {
  const { from, to, echoes, payments } = decodePaidMessage(bytes);
  return { from, to, echoes, items: payments };
}
