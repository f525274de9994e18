import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createKafka } from '@farthing/adapters/kafka/kafka-client';
import { DeadlineExceeded } from '@farthing/adapters/kafka/kafka-errors';
import {
  createRecordProducer,
  type RecordProducer,
} from '@farthing/adapters/kafka/record-producer';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { partitionOf } from '@farthing/contracts/topics/partition-of';
import { INBOUND_PARTITIONS, inboundTopicOf } from '@farthing/contracts/topics/topic-names';
import { repositoryRoot } from '../repository.js';
import type { DemoEvent } from './demo-events.js';
import type { DemoStack, DemoTenant } from './demo-stack.js';

/** What a sending came to at the doors. Events that went through Kafka are judged later. */
export interface SentDay {
  readonly sent: number;
  /** Refused at once by the HTTP door. */
  readonly rejected: number;
  readonly reasons: Readonly<Record<string, number>>;
}

const RECORDS_A_SEND = 100;
const DEADLINE_MS = 60_000;

const sentSchema = z.object({
  sent: z.number(),
  accepted: z.number(),
  rejected: z.number(),
  reasons: z.record(z.string(), z.number()),
});

/**
 * Sends customers of an even partition through HTTP, with `farthing events send`, and the others through the tenant's
 * Kafka topic; each customer's events in order, each request after the last one's answer, many customers at once.
 */
export async function sendDay(
  stack: DemoStack,
  tenant: DemoTenant,
  events: AsyncIterable<DemoEvent> | Iterable<DemoEvent>,
): Promise<SentDay> {
  const file = join(stack.folder, 'demo', `${tenant.id}.ndjson`);
  mkdirSync(join(stack.folder, 'demo'), { recursive: true });
  const forKafka: DemoEvent[] = [];
  const forHttp = createWriteStream(file);
  for await (const event of events) {
    if (partitionOf(tenant.id, event.subject, stack.partitions) % 2 === 1) forKafka.push(event);
    else if (!forHttp.write(`${event.text}\n`)) await once(forHttp, 'drain');
  }
  forHttp.end();
  await once(forHttp, 'finish');
  const [http] = await Promise.all([
    sendThroughHttp(stack, tenant, file),
    sendThroughKafka(stack, tenant, forKafka),
  ]);
  const { rejected, reasons } = http;
  return { sent: http.sent + forKafka.length, rejected, reasons };
}

/** Runs the command line as its user would. A stopped door is waited for; a broken sending goes on. */
async function sendThroughHttp(stack: DemoStack, tenant: DemoTenant, file: string) {
  const cli = join(repositoryRoot, 'libs/cli/dist/main.js');
  const child = spawn(process.execPath, [cli, '--json', 'events', 'send', file], {
    env: { ...process.env, FARTHING_URL: stack.baseUrl, FARTHING_API_KEY: tenant.key },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let notes = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (notes += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  // 3: some events were rejected, which a day with malformed ones should see.
  if (code !== 0 && code !== 3)
    throw new Error(`farthing events send ended with ${code}: ${notes}`);
  return sentSchema.parse(JSON.parse(output));
}

async function sendThroughKafka(
  stack: DemoStack,
  tenant: DemoTenant,
  events: readonly DemoEvent[],
): Promise<void> {
  const kafka = createKafka({
    brokers: stack.brokers.split(','),
    clientId: 'farthing-demo',
    topicPrefix: stack.topicPrefix,
    logger: createLogger({ service: 'demo', level: 'silent' }),
  });
  const producer = createRecordProducer({ kafka, defaultDeadlineMs: DEADLINE_MS });
  const lanes = Array.from({ length: INBOUND_PARTITIONS }, (): DemoEvent[] => []);
  for (const event of events) {
    lanes[partitionOf(tenant.id, event.subject, INBOUND_PARTITIONS)]!.push(event);
  }
  try {
    await Promise.all(lanes.map((lane, partition) => sendLane(producer, tenant, partition, lane)));
  } finally {
    await producer.close();
  }
}

async function sendLane(
  producer: RecordProducer,
  tenant: DemoTenant,
  partition: number,
  events: readonly DemoEvent[],
): Promise<void> {
  for (let at = 0; at < events.length; at += RECORDS_A_SEND) {
    const records = events.slice(at, at + RECORDS_A_SEND).map(({ subject, text }) => ({
      key: subject,
      value: Buffer.from(text),
      headers: { 'content-type': 'application/cloudevents+json' },
    }));
    await untilTaken(() => producer.send({ topic: inboundTopicOf(tenant.id), partition, records }));
  }
}

/** A send past its deadline may have arrived; sending it again makes duplicates, which charge nothing. */
async function untilTaken(send: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await send();
      return;
    } catch (error) {
      if (!(error instanceof DeadlineExceeded) || attempt === 5) throw error;
    }
  }
}
