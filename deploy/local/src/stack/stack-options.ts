import type { ServiceName } from '../service-names.js';

export type StackOptions = {
  /** State, data, secrets and logs. Stacks in different folders run side by side. */
  readonly folder: string;
  /** Used instead of starting a Kafka of our own. */
  readonly brokers?: string | undefined;
  /** Of a superuser; used instead of starting a PostgreSQL of our own. */
  readonly databaseUrl?: string | undefined;
  /** By default `farthing`, or the one that `databaseUrl` names. */
  readonly database?: string | undefined;
  readonly topicPrefix?: string | undefined;
  readonly partitions?: number | undefined;
  readonly frontDoorPort?: number | undefined;
  /** Over what every service is started with. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly serviceEnvironment?:
    | Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>
    | undefined;
  /** End everything when this process exits: for tests. By default the stack lives on. */
  readonly endWithParent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told one line for each part that is up. */
  readonly report?: ((line: string) => void) | undefined;
};
