import { loadConfig } from '@farthing/adapters/config/load-config';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { replay } from './replay/replay.js';
import { replayConfig } from './replay/replay-config.js';
import { createScratchDatabase } from './replay/scratch-database.js';

const PROGRESS_MS = 2_000;

const config = loadConfig(replayConfig);
const logger = createLogger({ service: 'replay', level: 'silent' });
const scratch = await createScratchDatabase(config.FARTHING_SCRATCH_URL, logger);
let dropped: Promise<void> | undefined;
const drop = () => (dropped ??= scratch.drop());
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void drop().finally(() => process.exit(130)));
}
let shownAtMs = Date.now();
try {
  const report = await replay({
    config,
    scratch: scratch.dataSource,
    logger,
    onProgress: (done, of) => {
      if (Date.now() - shownAtMs < PROGRESS_MS && done < of) return;
      shownAtMs = Date.now();
      process.stderr.write(`${done} of ${of} records of the log were rated again\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).name}: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await drop();
}
