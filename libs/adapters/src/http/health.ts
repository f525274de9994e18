/** Answers nothing when all is well, else what is wrong, in a few words. A throw counts as wrong, too. */
export type HealthCheck = () => Promise<string | undefined> | string | undefined;

export interface HealthReport {
  readonly healthy: boolean;
  /** By name of the check: `ok`, or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
}

/**
 * Liveness asks whether a restart would help (a consumer that no longer polls); readiness asks whether requests
 * should come here (the database answers). A failing dependency must never make a process not live.
 */
export class Health {
  private readonly live = new Map<string, HealthCheck>();
  private readonly ready = new Map<string, HealthCheck>();

  addLiveness(name: string, check: HealthCheck): void {
    this.live.set(name, check);
  }

  addReadiness(name: string, check: HealthCheck): void {
    this.ready.set(name, check);
  }

  /** Not live once the last successful poll of a consumer or reader is older than `maxSilenceMs`. */
  addPollLiveness(
    name: string,
    source: { millisSinceLastPoll(): number },
    maxSilenceMs = 120_000,
  ): void {
    this.addLiveness(name, () => {
      const silentMs = source.millisSinceLastPoll();
      return silentMs > maxSilenceMs
        ? `no successful poll for ${Math.round(silentMs / 1000)} s`
        : undefined;
    });
  }

  liveness(): Promise<HealthReport> {
    return report(this.live);
  }

  readiness(): Promise<HealthReport> {
    return report(this.ready);
  }
}

async function report(checks: ReadonlyMap<string, HealthCheck>): Promise<HealthReport> {
  const results = await Promise.all(
    [...checks].map(async ([name, check]) => [name, (await run(check)) ?? 'ok'] as const),
  );
  return {
    healthy: results.every(([, result]) => result === 'ok'),
    checks: Object.fromEntries(results),
  };
}

async function run(check: HealthCheck): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return (error as Error).message;
  }
}
