import type { EachBatchPayload } from 'kafkajs';

/** Beats every second while a handler runs, as kafkajs has no heartbeat of its own; keeps what it throws. */
export class Heartbeat {
  error: unknown;
  private readonly timer: NodeJS.Timeout;

  constructor(payload: EachBatchPayload) {
    this.timer = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        this.error ??= error;
        this.stop();
      });
    }, 1_000);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
