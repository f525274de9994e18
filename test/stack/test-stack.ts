import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { type Stack, startStack } from '@farthing/local/stack';
import type { StackOptions } from '@farthing/local/stack/stack-options';
import { testBrokers, testDatabaseUrl } from '@farthing/testing/test-servers';
import { createTestTopics } from '@farthing/testing/test-topics';
import pg from 'pg';

export interface TestStack {
  readonly stack: Stack;
  /** The same as the demo's functions take it. */
  readonly place: DemoStack;
  /** Stops what was started and deletes what it wrote. */
  close(): Promise<void>;
}

/** What another process needs to find the stack. */
export interface StackNames {
  readonly folder: string;
  readonly prefix: string;
  readonly database: string;
}

type Settings = Pick<StackOptions, 'environment' | 'serviceEnvironment'>;

/** Services of their own on the run's Kafka and PostgreSQL, with a database and a topic prefix of their own. */
export async function startOnSharedServers(
  settings: Settings = {},
): Promise<TestStack & { readonly names: StackNames }> {
  const topics = await createTestTopics({ declared: false });
  const database = `stack_${randomBytes(6).toString('hex')}`;
  const folder = await temporaryFolder();
  const names = { folder, prefix: topics.prefix, database };
  const stack = await startStack({ ...optionsOf(names), endWithParent: true, ...settings });
  return {
    stack,
    names,
    place: placeOf(stack),
    close: async () => {
      await stack.stop();
      await Promise.all([topics.drop(), dropDatabase(database)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A Kafka and a PostgreSQL too, for who stops and kills them. */
export async function startOnOwnServers(settings: Settings = {}): Promise<TestStack> {
  const folder = await temporaryFolder();
  const stack = await startStack({ folder, endWithParent: true, ...settings });
  return {
    stack,
    place: placeOf(stack),
    close: async () => {
      await stack.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The stack that the global set-up started for all suites. */
export async function sharedStack(): Promise<{ stack: Stack; place: DemoStack }> {
  const { FARTHING_TEST_STACK: text } = process.env;
  if (!text) throw new Error('there is no shared stack: run this spec in the project `test`');
  const stack = await startStack(optionsOf(JSON.parse(text) as StackNames));
  return { stack, place: placeOf(stack) };
}

function optionsOf({ folder, prefix, database }: StackNames): StackOptions {
  return {
    folder,
    brokers: testBrokers().join(','),
    databaseUrl: testDatabaseUrl(),
    topicPrefix: prefix,
    database,
  };
}

function placeOf(stack: Stack): DemoStack {
  const { baseUrl, operatorKey, brokers, topicPrefix, partitions } = stack;
  return { baseUrl, operatorKey, brokers, topicPrefix, partitions, folder: stack.folder.path };
}

/** Others may enter: the user that root runs PostgreSQL under must. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-stack-'));
  await chmod(folder, 0o755);
  return folder;
}

async function dropDatabase(name: string): Promise<void> {
  const client = new pg.Client({ connectionString: testDatabaseUrl() });
  await client.connect();
  try {
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  } finally {
    await client.end();
  }
}
