import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';

type Settings = Readonly<Record<string, string>>;
export type TopicKind = 'money' | 'latest' | 'forever';
export type TopicEnvironment = 'production' | 'local';

export type TopicsDeclaration = {
  /**
   * `P`: the partition count of the environment, the same for every topic that a customer's
   * partition is in.
   */
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: 'P' | number;
    readonly kind: TopicKind;
  }[];
  readonly config: Settings;
  readonly kinds: Readonly<Record<TopicKind, Settings>>;
  readonly environments: Readonly<
    Record<
      TopicEnvironment,
      {
        readonly partitions: number;
        readonly replicationFactor: number;
        readonly config: Settings;
        readonly kinds: Readonly<Partial<Record<TopicKind, Settings>>>;
      }
    >
  >;
};

export type Topic = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Settings;
};

/** What `deploy/kafka/topics.json` says. */
export function declaredTopics(): TopicsDeclaration {
  return JSON.parse(
    readFileSync(join(repositoryRoot, 'deploy/kafka/topics.json'), 'utf8'),
  ) as TopicsDeclaration;
}

/**
 * The topics of one environment in full. Of two settings the more special one holds: environment
 * over kind over all.
 */
export function topicsOf(
  declared: TopicsDeclaration,
  environment: TopicEnvironment,
  {
    prefix = '',
    partitions,
  }: { readonly prefix?: string; readonly partitions?: number | undefined } = {},
): Topic[] {
  const there = declared.environments[environment];
  return declared.topics.map((topic) => ({
    name: `${prefix}${topic.name}`,
    partitions: topic.partitions === 'P' ? (partitions ?? there.partitions) : topic.partitions,
    replicationFactor: there.replicationFactor,
    config: {
      ...declared.config,
      ...declared.kinds[topic.kind],
      ...there.config,
      ...there.kinds[topic.kind],
    },
  }));
}
