import type { StackOptions } from './stack-options.js';

/**
 * What a person sets to use servers of their own, and how the stack's parts are named and numbered
 * there.
 */
export function optionsFromEnvironment(
  environment: NodeJS.ProcessEnv,
): Pick<StackOptions, 'brokers' | 'databaseUrl' | 'topicPrefix' | 'partitions'> {
  const partitions = set(environment.FARTHING_PARTITIONS);
  const databaseUrl = set(environment.FARTHING_DATABASE_URL);
  if (partitions !== undefined && !/^[1-9]\d{0,3}$/.test(partitions)) {
    throw new Error(`FARTHING_PARTITIONS is ${partitions} and must be a number from 1 to 9999.`);
  }
  if (databaseUrl !== undefined && !URL.canParse(databaseUrl)) {
    throw new Error(
      'FARTHING_DATABASE_URL is not a URL such as postgres://user:password@host:5432/database.',
    );
  }
  return {
    brokers: set(environment.FARTHING_KAFKA_BROKERS),
    databaseUrl,
    topicPrefix: set(environment.FARTHING_TOPIC_PREFIX),
    partitions: partitions === undefined ? undefined : Number(partitions),
  };
}

/** A variable set to nothing counts as not set. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
