import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { KafkaConnection } from './kafka-client.js';
import { DeadlineExceeded } from './kafka-errors.js';
import type { Watermarks } from './join-check.js';

const LEADER_ATTEMPTS = 50;
const LEADER_PAUSE_MS = 100;

export interface TopicDeclaration {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor?: number;
  /** Such as `{ 'cleanup.policy': 'compact', 'max.message.bytes': '4194304' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface TopicAdmin {
  /** Makes those that are missing; existing ones stay as they are. Answers the names it made. */
  ensureTopics(topics: readonly TopicDeclaration[]): Promise<readonly string[]>;
  /** By partition. Empty for a topic that does not exist. */
  watermarks(topic: string): Promise<ReadonlyMap<number, Watermarks>>;
  /** What a group has committed, for lag tools only; partitions without a commit are left out. */
  committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** Names without prefix, of topics that have it. */
  listTopics(): Promise<readonly string[]>;
  deleteGroup(group: string): Promise<void>;
  deleteTopics(topics: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects with its first call, so that a service starts while Kafka is away. */
export function createTopicAdmin(connection: KafkaConnection): TopicAdmin {
  return new ConnectedTopicAdmin(connection);
}

class ConnectedTopicAdmin implements TopicAdmin {
  private connected: Promise<Admin> | undefined;

  constructor(private readonly connection: KafkaConnection) {}

  async ensureTopics(topics: readonly TopicDeclaration[]): Promise<readonly string[]> {
    const admin = await this.admin();
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ name }) => !existing.has(this.connection.withPrefix(name)));
    if (missing.length === 0) return [];
    // False means that another one made some of them between our question and now: equally good.
    await admin.createTopics({
      // kafkajs gives up waiting when a busy broker does not know the new topic in the first moment.
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: this.connection.withPrefix(topic.name),
        numPartitions: topic.partitions,
        replicationFactor: topic.replicationFactor ?? -1,
        configEntries: Object.entries(topic.config ?? {}).map(([name, value]) => ({ name, value })),
      })),
    });
    const names = missing.map(({ name }) => name);
    await this.untilLed(admin, names);
    return names;
  }

  async watermarks(topic: string): Promise<ReadonlyMap<number, Watermarks>> {
    const admin = await this.admin();
    const name = this.connection.withPrefix(topic);
    // Asking for the offsets of a topic that is not there is retried for many seconds.
    if (!(await admin.listTopics()).includes(name)) return new Map();
    const offsets = await admin.fetchTopicOffsets(name);
    return new Map(
      offsets.map(({ partition, low, high }) => [
        partition,
        { low: BigInt(low), high: BigInt(high) },
      ]),
    );
  }

  async committedOffsets(group: string, topic: string): Promise<ReadonlyMap<number, bigint>> {
    const admin = await this.admin();
    const [answer] = await admin.fetchOffsets({
      groupId: this.connection.withPrefix(group),
      topics: [this.connection.withPrefix(topic)],
    });
    const committed = (answer?.partitions ?? []).filter(({ offset }) => offset !== '-1');
    return new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async listTopics(): Promise<readonly string[]> {
    const admin = await this.admin();
    const prefix = this.connection.withPrefix('');
    const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    return names.map((name) => this.connection.withoutPrefix(name));
  }

  async deleteGroup(group: string): Promise<void> {
    const admin = await this.admin();
    await admin.deleteGroups([this.connection.withPrefix(group)]);
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    const admin = await this.admin();
    await admin.deleteTopics({ topics: topics.map((topic) => this.connection.withPrefix(topic)) });
  }

  async close(): Promise<void> {
    const admin = await this.connected?.catch(() => undefined);
    await admin?.disconnect();
  }

  private async untilLed(admin: Admin, names: readonly string[]): Promise<void> {
    const topics = names.map((name) => this.connection.withPrefix(name));
    for (let attempt = 1; attempt <= LEADER_ATTEMPTS; attempt++) {
      const metadata = await admin.fetchTopicMetadata({ topics }).catch(() => undefined);
      const partitions = metadata?.topics.flatMap((topic) => topic.partitions) ?? [];
      if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) return;
      await sleep(LEADER_PAUSE_MS);
    }
    throw new DeadlineExceeded(`Kafka made ${names.join(', ')}, and they have no leaders yet`);
  }

  private admin(): Promise<Admin> {
    this.connected ??= connect(this.connection).catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }
}

async function connect(connection: KafkaConnection): Promise<Admin> {
  const admin = connection.kafka.admin();
  try {
    await admin.connect();
    return admin;
  } catch (error) {
    // Leaves no half-open sockets behind before the caller tries again.
    await Promise.race([admin.disconnect().catch(() => undefined), sleep(1_000)]);
    throw error;
  }
}
