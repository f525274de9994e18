import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { DataSource } from 'typeorm';
import { createScratchDatabase } from './scratch-database.js';

export type OnProgress = (done: number, of: number) => void;

const PROGRESS_MS = 2_000;

/** The whole of a program that rates the log beside the books: it drops its database, also when it is interrupted. */
export async function runOnScratch(
  { serverUrl, logger }: { readonly serverUrl: string; readonly logger: Logger },
  work: (scratch: DataSource, onProgress: OnProgress) => Promise<void>,
): Promise<void> {
  const scratch = await createScratchDatabase(serverUrl, logger);
  let dropped: Promise<void> | undefined;
  const drop = () => (dropped ??= scratch.drop());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void drop().finally(() => process.exit(130)));
  }
  try {
    await work(scratch.dataSource, progressOnStderr());
  } catch (error) {
    process.stderr.write(`${(error as Error).name}: ${(error as Error).message}\n`);
    process.exitCode = 1;
  } finally {
    await drop();
  }
}

function progressOnStderr(): OnProgress {
  let shownAtMs = Date.now();
  return (done, of) => {
    if (Date.now() - shownAtMs < PROGRESS_MS && done < of) return;
    shownAtMs = Date.now();
    process.stderr.write(`${done} of ${of} records of the log were rated again\n`);
  };
}
