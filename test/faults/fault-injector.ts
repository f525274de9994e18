import { setTimeout as sleep } from 'node:timers/promises';
import { logTail } from '@farthing/local/servers/log-tail';
import { serviceNames, type ServiceName } from '@farthing/local/service-names';
import type { Stack } from '@farthing/local/stack';
import { faultName, type Fault, type Random } from './fault-plan.js';
import type { PlantedConsumer } from './planted-consumer.js';

/** One fault as it happened. */
export interface InjectedFault {
  readonly name: string;
  /** From the fault until every service was ready again. */
  readonly recoveryMs: number;
}

/** A service that ended by itself and was started again. */
export interface EndedService {
  readonly service: ServiceName;
  /** The last thing that its log says. */
  readonly lastWords: string;
}

const SERVER_DOWN_MS_MAX = 2_000;
const SERVICE_DOWN_MS_MAX = 500;
const READY_MS_MAX = 60_000;
const LAST_WORDS_MAX = 400;

/**
 * Does faults to a stack and brings it back, as the supervisor of a deployment would: what ends by itself, because
 * its Kafka went away for good, is started again too.
 */
export class FaultInjector {
  readonly injected: InjectedFault[] = [];
  readonly ended: EndedService[] = [];
  readonly #inFault = new Set<ServiceName>();
  #supervising = true;
  readonly #supervisor: Promise<void>;

  constructor(
    private readonly stack: Stack,
    private readonly random: Random,
    private readonly planted?: PlantedConsumer,
  ) {
    this.#supervisor = this.#supervise();
  }

  async inject(fault: Fault): Promise<void> {
    const from = performance.now();
    if (fault.kind === 'kill') await this.#killService(fault.service);
    else await this.#breakServer(fault.kind);
    await this.#untilReady();
    this.injected.push({ name: faultName(fault), recoveryMs: performance.now() - from });
  }

  async stop(): Promise<void> {
    this.#supervising = false;
    await this.#supervisor;
  }

  async #killService(service: ServiceName): Promise<void> {
    this.#inFault.add(service);
    try {
      await this.stack.kill(service);
      const plantedAlso = this.planted && (await this.planted.hasWorked());
      if (plantedAlso) await this.planted.kill();
      await sleep(this.random() * SERVICE_DOWN_MS_MAX);
      if (plantedAlso) await this.planted.restart();
      await this.stack.restart(service);
    } finally {
      this.#inFault.delete(service);
    }
  }

  async #breakServer(kind: Exclude<Fault['kind'], 'kill'>): Promise<void> {
    const down = this.random() * SERVER_DOWN_MS_MAX;
    if (kind === 'immediate stop of postgres') {
      await this.stack.stopPostgres('immediate');
      await sleep(down);
      return this.stack.startPostgres();
    }
    await this.stack.stopKafka(kind === 'kill kafka' ? 'immediate' : 'clean');
    await sleep(down);
    return this.stack.startKafka();
  }

  async #untilReady(): Promise<void> {
    const deadline = Date.now() + READY_MS_MAX;
    for (;;) {
      const ready = await Promise.all(serviceNames.map((name) => this.#isReady(name)));
      if (ready.every(Boolean)) return;
      if (Date.now() > deadline) {
        const waiting = serviceNames.filter((_, at) => !ready[at]);
        throw new Error(`${waiting.join(', ')} not ready ${READY_MS_MAX} ms after a fault`);
      }
      await sleep(50);
    }
  }

  async #isReady(service: ServiceName): Promise<boolean> {
    try {
      const url = `${this.stack.managementUrl(service)}/readyz`;
      return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
    } catch {
      return false;
    }
  }

  async #supervise(): Promise<void> {
    while (this.#supervising) {
      for (const service of serviceNames) {
        if (this.#inFault.has(service) || this.stack.pids[service] !== undefined) continue;
        this.ended.push({ service, lastWords: lastWordsOf(this.stack, service) });
        // Its servers may still be away; then it ends again and the next look finds it.
        await this.stack.restart(service).catch(() => undefined);
      }
      await sleep(250);
    }
  }
}

function lastWordsOf(stack: Stack, service: ServiceName): string {
  return logTail(stack.folder.log(service), 1).slice(0, LAST_WORDS_MAX);
}
