import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readAccessLog } from './access-log.js';
import type { DemoArguments } from './demo-arguments.js';
import { lastCompleteMonth } from './demo-events.js';
import { demoTenantId } from './provision-tenant.js';
import { publisherDay } from './publisher-day.js';
import type { DemoInput } from './run-demo.js';
import { ACCESS_LOG_TARIFF, PUBLISHER_TARIFF } from './tariff.js';
import { readTariffFile } from './tariff-file.js';

const GENERATED_EVENTS = 12_000;

/** What a demo plays. Throws with one sentence when the log file is not there or the tariff is none. */
export async function demoInput(given: DemoArguments, now: Date): Promise<DemoInput> {
  const { accessLog, seed } = given;
  const month = lastCompleteMonth(now);
  if (accessLog === undefined) {
    const tariff = PUBLISHER_TARIFF;
    const tenantId = demoTenantId(tariff, month.name, `seed ${seed}`);
    const events = () => publisherDay({ seed, events: GENERATED_EVENTS, month });
    return { tenantId, tariff, month, events };
  }
  if (!existsSync(accessLog)) throw new Error(`There is no access log at ${accessLog}.`);
  const own = given.tariff !== undefined;
  const tariff = given.tariff === undefined ? ACCESS_LOG_TARIFF : readTariffFile(given.tariff);
  const tenantId = demoTenantId(tariff, month.name, await sha256Of(accessLog));
  const events = () => readAccessLog(accessLog, { month, detailed: own });
  return { tenantId, tariff, month, events };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
