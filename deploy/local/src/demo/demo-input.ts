import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readAccessLog } from './access-log.js';
import type { DemoArguments } from './demo-arguments.js';
import { lastCompleteMonth } from './demo-events.js';
import { demoTenantId } from './provision-tenant.js';
import { publisherDay } from './publisher-day.js';
import type { DemoInput } from './run-demo.js';
import { ACCESS_LOG_TARIFF, PUBLISHER_TARIFF } from './tariff.js';

const GENERATED_EVENTS = 12_000;

/** What a demo plays. Throws with one sentence when the log file is not there. */
export async function demoInput({ accessLog, seed }: DemoArguments, now: Date): Promise<DemoInput> {
  const month = lastCompleteMonth(now);
  if (accessLog === undefined) {
    const tariff = PUBLISHER_TARIFF;
    const tenantId = demoTenantId(tariff, month.name, `seed ${seed}`);
    const events = () => publisherDay({ seed, events: GENERATED_EVENTS, month });
    return { tenantId, tariff, month, events };
  }
  if (!existsSync(accessLog)) throw new Error(`There is no access log at ${accessLog}.`);
  const tariff = ACCESS_LOG_TARIFF;
  const tenantId = demoTenantId(tariff, month.name, await sha256Of(accessLog));
  return { tenantId, tariff, month, events: () => readAccessLog(accessLog, month) };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
