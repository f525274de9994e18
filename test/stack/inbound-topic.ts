import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { inboundTopicOf } from '@farthing/contracts/topics/topic-names';
import { Kafka, logLevel, type Message } from 'kafkajs';

/** Puts records into a tenant's own topic, as a team with a Kafka client does. */
export async function sendInbound(
  { brokers, topicPrefix }: DemoStack,
  tenant: string,
  messages: readonly Message[],
): Promise<void> {
  const kafka = new Kafka({
    clientId: 'a-team',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({
      topic: `${topicPrefix}${inboundTopicOf(tenant)}`,
      acks: -1,
      messages: [...messages],
    });
  } finally {
    await producer.disconnect();
  }
}
