import type { Logger } from '../telemetry/logger.js';

export interface Drain {
  /** Run one after the other, in this order: first what lets work in, last what work needs (pools). */
  readonly steps: readonly { readonly name: string; readonly close: () => Promise<unknown> }[];
  readonly logger: Logger;
  /** A drain that takes longer ends with exit code 1: a process that will not stop is killed by its supervisor. */
  readonly deadlineMs?: number;
  /** Ends the process; an argument so that tests survive it. */
  readonly exit?: (code: number) => void;
}

/** On the first SIGTERM or SIGINT: finish what is in hand, close, exit with 0. A second signal ends it at once. */
export function drainOnSignal(drain: Drain): void {
  const exit = drain.exit ?? ((code) => process.exit(code));
  let draining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (draining) return exit(130);
    draining = true;
    drain.logger.info({ signal }, 'draining');
    const timer = setTimeout(() => {
      drain.logger.error('the drain passed its deadline');
      exit(1);
    }, drain.deadlineMs ?? 20_000);
    void runSteps(drain)
      .finally(() => clearTimeout(timer))
      .then((failed) => exit(failed ? 1 : 0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

async function runSteps({ steps, logger }: Drain): Promise<boolean> {
  let failed = false;
  for (const step of steps) {
    try {
      await step.close();
    } catch (error) {
      failed = true;
      logger.error({ err: error, step: step.name }, 'a step of the drain failed');
    }
  }
  return failed;
}
