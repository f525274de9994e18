import { randomBytes } from 'node:crypto';
import { applyTopics } from '@farthing/local/apply-topics';
import { Kafka, logLevel } from 'kafkajs';
import { testBrokers } from './test-servers.js';

export interface TestTopics {
  /** Goes before topics and groups, as `FARTHING_TOPIC_PREFIX` does. */
  readonly prefix: string;
  readonly brokers: readonly string[];
  /** Deletes every topic and group with the prefix. */
  drop(): Promise<void>;
}

/** A prefix of its own for a spec file, and below it the topics that `deploy/kafka` declares. */
export async function createTestTopics(
  options: { readonly partitions?: number; readonly declared?: boolean } = {},
): Promise<TestTopics> {
  const brokers = testBrokers();
  const prefix = `t${randomBytes(5).toString('hex')}.`;
  if (options.declared ?? true) {
    await applyTopics({ brokers: brokers.join(','), prefix, partitions: options.partitions });
  }
  return { prefix, brokers, drop: () => dropAll(brokers, prefix) };
}

async function dropAll(brokers: readonly string[], prefix: string): Promise<void> {
  const kafka = new Kafka({
    clientId: 'testing',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
    const { groups } = await admin.listGroups();
    const ours = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix));
    // A group with members cannot be deleted; the broker forgets it by itself later.
    if (ours.length > 0) await admin.deleteGroups(ours).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}
