import type { Logger } from '@farthing/adapters/telemetry/logger';

export interface DueWorkOptions {
  readonly name: string;
  readonly everyMs: number;
  readonly logger: Logger;
  /** Answers true when there may be more to do at once. */
  readonly work: () => Promise<boolean>;
}

/** Does what has become due, looking again after `everyMs`; a failure is logged and tried again then. */
export class DueWork {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: DueWorkOptions) {}

  start(): void {
    this.running = this.doAll();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async doAll(): Promise<void> {
    try {
      while (!this.closed && (await this.options.work())) {
        // Until nothing is due.
      }
    } catch (error) {
      const { logger, name } = this.options;
      logger.warn({ err: error, work: name }, 'due work failed and is tried again');
    }
    if (!this.closed) this.timer = setTimeout(() => this.start(), this.options.everyMs).unref();
  }
}
