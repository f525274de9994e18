import { once } from 'node:events';
import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { reMeterConfig } from './re-metering/re-meter-config.js';
import { differenceView } from './re-metering/re-metering-report.js';
import { reMeter } from './re-metering/re-meter.js';
import { runOnScratch } from './replay/on-scratch.js';

const config = loadConfig(reMeterConfig);
const logger = createLogger({ service: 're-meter', level: 'silent' });
const serverUrl = config.FARTHING_SCRATCH_URL;

/** A line of JSON; waits when who reads is behind. */
async function print(line: object): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
}

await runOnScratch({ serverUrl, logger }, async (scratch, onProgress) => {
  const report = await reMeter({
    config,
    scratch,
    logger,
    onProgress,
    onDifference: async (difference) => {
      if (config.FARTHING_RE_METER_DIFFERENCES)
        await print({ difference: differenceView(difference) });
    },
  });
  await print({ report });
});
