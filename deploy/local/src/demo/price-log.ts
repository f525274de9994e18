import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { repositoryRoot } from '../repository.js';
import type { DemoStack, DemoTenant } from './demo-stack.js';
import { nanosOf } from './read-books.js';

const schema = z.object({ totals: z.array(z.object({ amount: z.string() })) });

/** What the command line makes of the log itself, without asking rating; nano-units. */
export async function priceLog(stack: DemoStack, tenant: DemoTenant): Promise<bigint> {
  const cli = join(repositoryRoot, 'libs/cli/dist/main.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cli, '--json', 'log', 'price', tenant.id],
    {
      env: {
        ...process.env,
        FARTHING_KAFKA_BROKERS: stack.brokers,
        FARTHING_TOPIC_PREFIX: stack.topicPrefix,
      },
    },
  );
  const { totals } = schema.parse(JSON.parse(stdout));
  return totals.reduce((sum, { amount }) => sum + nanosOf(amount), 0n);
}
