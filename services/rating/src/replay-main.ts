import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { runOnScratch } from './replay/on-scratch.js';
import { replay } from './replay/replay.js';
import { replayConfig } from './replay/replay-config.js';

const config = loadConfig(replayConfig);
const logger = createLogger({ service: 'replay', level: 'silent' });
const serverUrl = config.FARTHING_SCRATCH_URL;
await runOnScratch({ serverUrl, logger }, async (scratch, onProgress) => {
  const report = await replay({ config, scratch, logger, onProgress });
  process.stdout.write(`${JSON.stringify(report)}\n`);
});
