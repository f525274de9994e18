import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stackSecrets } from './secrets-file.js';
import type { StackFolder } from './stack-folder.js';
import { readState } from './state-file.js';

/** Where the demo keeps the API key of the tenant that it made last. */
export function demoKeyFile(folder: StackFolder): string {
  return join(folder.path, 'api-key');
}

/** What the command line needs to reach this folder's stack; empty when it was never started. */
export function commandEnvironment(folder: StackFolder): Record<string, string> {
  const { connection, frontDoorPort, postgres } = readState(folder.state);
  if (!connection) return {};
  const key = demoKeyFile(folder);
  return {
    FARTHING_URL: `http://127.0.0.1:${frontDoorPort}`,
    FARTHING_OPERATOR_KEY: stackSecrets(folder.secrets).operatorKey,
    FARTHING_KAFKA_BROKERS: connection.brokers,
    FARTHING_TOPIC_PREFIX: connection.topicPrefix,
    FARTHING_PARTITIONS: String(connection.partitions),
    FARTHING_AUDITOR_URL: connection.auditorUrl,
    // Nobody makes databases on a server of somebody else's unasked.
    ...(connection.ownsPostgres && postgres && { FARTHING_SCRATCH_URL: postgres.url }),
    ...(existsSync(key) && { FARTHING_API_KEY: readFileSync(key, 'utf8').trim() }),
  };
}
