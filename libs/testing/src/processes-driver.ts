import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from '@farthing/local/servers/kafka-process';
import { startPostgres } from '@farthing/local/servers/postgres-process';
import type { TestDriver, TestServers } from './driver.js';

/** Child processes with their data in a temporary folder: what a machine without containers has. */
export const processesDriver: TestDriver = {
  async start(): Promise<TestServers> {
    const folder = await mkdtemp(join(tmpdir(), 'farthing-test-'));
    // Else the user that root runs PostgreSQL under could not enter, and its data would lie elsewhere and be left there.
    await chmod(folder, 0o755);
    const [kafka, postgres] = await Promise.all([
      startKafka({ folder: join(folder, 'kafka'), endWithParent: true }),
      startPostgres({ folder: join(folder, 'postgres'), endWithParent: true }),
    ]);
    return {
      brokers: kafka.brokers,
      databaseUrl: postgres.url,
      stop: async () => {
        await Promise.all([kafka.stop('immediate'), postgres.stop('immediate')]);
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};
