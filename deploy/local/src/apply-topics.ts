import kafkajs from 'kafkajs';
import { type Topic, type TopicEnvironment, declaredTopics, topicsOf } from './declared/topics.js';
import { waitUntil } from './servers/wait-until.js';

const leadersTimeoutMs = 30_000;

export type TopicsApplied = {
  readonly created: readonly string[];
  readonly altered: readonly string[];
};

export type ApplyTopics = {
  /** `host:port`, several by commas. */
  readonly brokers: string;
  readonly prefix?: string;
  readonly partitions?: number | undefined;
  readonly environment?: TopicEnvironment;
};

/**
 * Makes the topics of `deploy/kafka` be as declared: missing ones are made, settings that differ
 * are set. A topic with another number of partitions is an error: a customer's partition is fixed
 * for a generation of the log.
 */
export async function applyTopics(apply: ApplyTopics): Promise<TopicsApplied> {
  const wanted = topicsOf(declaredTopics(), apply.environment ?? 'local', {
    prefix: apply.prefix ?? '',
    partitions: apply.partitions,
  });
  const client = new kafkajs.Kafka({
    clientId: 'farthing-local',
    brokers: apply.brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 8 },
  });
  const admin = client.admin();
  await admin.connect();
  try {
    const created = await createMissing(admin, wanted);
    const present = wanted.filter(({ name }) => !created.includes(name));
    await checkPartitions(admin, present);
    return { created, altered: await alterDiffering(admin, present) };
  } finally {
    await admin.disconnect();
  }
}

async function createMissing(admin: kafkajs.Admin, wanted: readonly Topic[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = wanted.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  // False means that another one made some of them between our question and now: equally good.
  await admin.createTopics({
    // kafkajs gives up waiting when a busy broker does not know the new topic in the first moment.
    waitForLeaders: false,
    topics: missing.map((topic) => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicationFactor,
      configEntries: configEntries(topic),
    })),
  });
  const names = missing.map(({ name }) => name);
  if (!(await waitUntil(() => haveLeaders(admin, names), { timeoutMs: leadersTimeoutMs }))) {
    throw new Error(`Kafka made the topics ${names.join(', ')}, and they still have no leaders`);
  }
  return names;
}

async function haveLeaders(admin: kafkajs.Admin, names: string[]): Promise<boolean> {
  const metadata = await admin.fetchTopicMetadata({ topics: names }).catch(() => undefined);
  return (
    metadata?.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0)) ??
    false
  );
}

async function checkPartitions(admin: kafkajs.Admin, topics: readonly Topic[]): Promise<void> {
  if (topics.length === 0) return;
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  const counts = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  for (const { name, partitions } of topics) {
    const found = counts.get(name);
    if (found !== partitions) {
      throw new Error(`topic ${name} has ${found} partitions and is declared with ${partitions}`);
    }
  }
}

async function alterDiffering(admin: kafkajs.Admin, topics: readonly Topic[]): Promise<string[]> {
  if (topics.length === 0) return [];
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type, name })),
  });
  const found = new Map(
    described.resources.map((resource) => [
      resource.resourceName,
      new Map(
        resource.configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  );
  const differing = topics.filter(({ name, config }) =>
    Object.entries(config).some(([key, value]) => found.get(name)?.get(key) !== value),
  );
  if (differing.length > 0) {
    const resources = differing.map((topic) => ({
      type,
      name: topic.name,
      configEntries: configEntries(topic),
    }));
    await admin.alterConfigs({ validateOnly: false, resources });
  }
  return differing.map(({ name }) => name);
}

function configEntries(topic: Topic): { name: string; value: string }[] {
  return Object.entries(topic.config).map(([name, value]) => ({ name, value }));
}
