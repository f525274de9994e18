import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { DeadlineExceeded, Overloaded } from '@farthing/adapters/kafka/kafka-errors';
import {
  createRecordProducer,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageLog } from './usage-log.js';

let producer: RecordProducer;
let log: UsageLog;

beforeAll(() => {
  const logger = createLogger({ service: 'spec', level: 'silent' });
  // Nobody listens at port 1: every connection is refused, as when Kafka is away.
  const kafka = createKafka({
    brokers: ['127.0.0.1:1'],
    clientId: 'spec',
    topicPrefix: '',
    logger,
  });
  producer = createRecordProducer({ kafka });
  log = new UsageLog({
    producer,
    partitions: 8,
    maxLingerMs: 10,
    maxWaitingBytes: 100_000,
    sendDeadlineMs: 300,
    onEnvelopesSent: () => {
      throw new Error('nothing can be sent');
    },
  });
});

afterAll(async () => {
  await producer?.close();
});

function append(count: number, dataBytes: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i): EnvelopeEvent => {
    const texts = { tenant: 'acme', type: 't', source: 's', id: String(i), holdId: '' };
    const bytes = {
      key: Buffer.alloc(16),
      bodyHash: Buffer.alloc(32),
      data: Buffer.alloc(dataBytes),
    };
    const rest = { quoteToken: '', occurredAt: 0, readings: [], properties: [] };
    return { ...texts, ...bytes, ...rest, customer: `c${i}` };
  });
  const entries = events.map((event) => ({ kind: 'event' as const, event }));
  return log.append({ catalogVersion: 1, entries, deadlineMs: 300 });
}

describe('the log while Kafka is away', () => {
  it('gives up at the deadline, again and again, and never acknowledges', async () => {
    for (let round = 0; round < 3; round++) {
      const startedAt = performance.now();
      await expect(append(20, 10)).rejects.toBeInstanceOf(DeadlineExceeded);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });

  it('takes no more than may wait', async () => {
    await expect(append(20, 20_000)).rejects.toBeInstanceOf(Overloaded);
  });
});
