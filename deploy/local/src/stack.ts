import { applyPostgres } from './apply-postgres.js';
import { applyTopics } from './apply-topics.js';
import type { DatabaseUrls } from './declared/roles.js';
import { frontDoorEnvironment } from './front-door/front-door-environment.js';
import { type ServiceName, serviceNames } from './service-names.js';
import {
  type NodeProgram,
  programFingerprint,
  requireBuilt,
  serviceProgram,
  startProgram,
  waitReady,
} from './services.js';
import { type RunningProcess, isAlive, signalProcess } from './servers/child-process.js';
import { type KafkaStop, stopKafka } from './servers/kafka-process.js';
import { type PostgresStop, stopPostgres } from './servers/postgres-process.js';
import { waitUntil } from './servers/wait-until.js';
import { allTogether } from './stack/all-together.js';
import { allotPorts } from './stack/allot-ports.js';
import {
  bringUpKafka,
  bringUpPostgres,
  seconds,
  useKafka,
  usePostgres,
} from './stack/bring-up-servers.js';
import { lockFolder } from './stack/folder-lock.js';
import { type StackSecrets, stackSecrets } from './stack/secrets-file.js';
import { serviceEnvironment } from './stack/service-environment.js';
import { type StackFolder, emptyStackFolder } from './stack/stack-folder.js';
import type { StackOptions } from './stack/stack-options.js';
import { StackRecord } from './stack/stack-record.js';
import type { FingerprintedProcess, ServicePorts } from './stack/state-file.js';
import { stopProgram, stopState } from './stack/stop-stack.js';

type Part = {
  readonly program: NodeProgram;
  readonly known: FingerprintedProcess | undefined;
  readonly start: () => Promise<RunningProcess>;
};

const defaultPartitions = 8;
const defaultDatabase = 'farthing';

/**
 * Starts what is not up: Kafka, PostgreSQL, their topics, roles and schemas, the services, the
 * front door. What runs and whose code and settings are the same is used as it is. When it fails,
 * what this call started is stopped.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const stack = new Stack(options);
  const unlock = lockFolder(stack.folder.lock);
  try {
    await stack.start();
    return stack;
  } finally {
    unlock();
  }
}

/** A stack that is up, and what the tests of its faults do to it. */
export class Stack {
  readonly folder: StackFolder;
  readonly #record: StackRecord;
  readonly #secrets: StackSecrets;
  #databases: DatabaseUrls | undefined;

  constructor(options: StackOptions) {
    this.#record = new StackRecord(options);
    this.folder = this.#record.folder;
    this.#secrets = stackSecrets(this.folder.secrets);
  }

  get brokers(): string {
    return this.#record.options.brokers ?? this.#record.state.kafka!.brokers;
  }

  get topicPrefix(): string {
    return this.#record.options.topicPrefix ?? '';
  }

  get partitions(): number {
    return this.#record.options.partitions ?? defaultPartitions;
  }

  /** Where each database role, the auditor's among them, finds the database. */
  get databases(): DatabaseUrls {
    return this.#databases!;
  }

  /** The superuser's way into the stack's database. */
  get adminUrl(): string {
    const url = new URL(this.#serverUrl);
    url.pathname = `/${encodeURIComponent(this.#database)}`;
    return url.href;
  }

  get operatorKey(): string {
    return this.#secrets.operatorKey;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.#record.state.frontDoorPort}`;
  }

  serviceUrl(service: ServiceName): string {
    return `http://127.0.0.1:${this.#ports(service).http}`;
  }

  /** `host:port`; of a service that speaks gRPC. */
  grpcTarget(service: ServiceName): string {
    const { grpc } = this.#ports(service);
    if (grpc === undefined) throw new Error(`${service} does not speak gRPC`);
    return `127.0.0.1:${grpc}`;
  }

  managementUrl(service: ServiceName): string {
    return `http://127.0.0.1:${this.#ports(service).management}`;
  }

  /** Of what runs now, by name. */
  get pids(): Readonly<Partial<Record<ServiceName | 'kafka' | 'postgres' | 'frontDoor', number>>> {
    const { kafka, postgres, frontDoor, services } = this.#record.state;
    const all = { ...services, kafka, postgres, frontDoor };
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, running]) =>
        running && isAlive(running) ? [[name, running.pid]] : [],
      ),
    );
  }

  async start(): Promise<void> {
    requireBuilt();
    try {
      await this.#startServers();
      await this.#applyDeclared();
      this.#record.update(await allotPorts(this.#record));
      await this.#startPrograms();
    } catch (error) {
      const started = new Set(this.#record.startedNow.map(({ pid }) => pid));
      await stopState(this.folder, { only: started });
      throw error;
    }
  }

  /** Sends a signal to a service; after SIGKILL, waits for its end. */
  async kill(service: ServiceName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#running(service);
    signalProcess(running, signal);
    if (signal === 'SIGKILL') {
      await waitUntil(() => !isAlive(running), { timeoutMs: 10_000, everyMs: 5 });
    }
  }

  /**
   * Starts a service again on its ports and waits until it is ready; one that still runs is drained
   * first.
   */
  async restart(service: ServiceName): Promise<void> {
    await stopProgram(this.#running(service));
    const program = this.#serviceProgram(service);
    await waitReady(program, await this.#startService(program, service));
  }

  async stopKafka(mode: KafkaStop = 'clean'): Promise<void> {
    await stopKafka(this.#own('kafka'), mode);
  }

  async startKafka(): Promise<void> {
    await bringUpKafka(this.#record);
  }

  async stopPostgres(mode: PostgresStop = 'fast'): Promise<void> {
    await stopPostgres(this.#own('postgres'), mode);
  }

  async startPostgres(): Promise<void> {
    await bringUpPostgres(this.#record);
  }

  async stop(): Promise<void> {
    await stopState(this.folder);
    this.#record.reload();
  }

  /** Stops it and deletes all that it left, data and logs. */
  async remove(): Promise<void> {
    await this.stop();
    emptyStackFolder(this.folder);
  }

  get #serverUrl(): string {
    return this.#record.options.databaseUrl ?? this.#record.state.postgres!.url;
  }

  get #database(): string {
    const { database, databaseUrl } = this.#record.options;
    if (database) return database;
    return databaseUrl
      ? decodeURIComponent(new URL(databaseUrl).pathname.slice(1)) || 'postgres'
      : defaultDatabase;
  }

  #ports(service: ServiceName): ServicePorts {
    return this.#record.state.ports[service]!;
  }

  #running(service: ServiceName): FingerprintedProcess {
    return this.#record.state.services[service]!;
  }

  #own(server: 'kafka' | 'postgres'): RunningProcess {
    const running = this.#record.state[server];
    if (!running) throw new Error(`this stack did not start its ${server}`);
    return running;
  }

  async #startServers(): Promise<void> {
    const record = this.#record;
    const { brokers, databaseUrl, signal } = record.options;
    await allTogether(
      [
        (stop) => (brokers ? useKafka(record, brokers, stop) : bringUpKafka(record, stop)),
        (stop) =>
          databaseUrl ? usePostgres(record, databaseUrl, stop) : bringUpPostgres(record, stop),
      ],
      signal,
    );
  }

  async #applyDeclared(): Promise<void> {
    const { brokers, topicPrefix, partitions } = this;
    const [, databases] = await Promise.all([
      applyTopics({ brokers, prefix: topicPrefix, partitions }),
      applyPostgres({
        adminUrl: this.#serverUrl,
        database: this.#database,
        secret: this.#roleSecret,
      }),
    ]);
    this.#databases = databases;
    const ownsKafka = this.#record.options.brokers === undefined;
    const ownsPostgres = this.#record.options.databaseUrl === undefined;
    const { auditor: auditorUrl } = databases;
    this.#record.update({
      connection: { brokers, topicPrefix, partitions, auditorUrl, ownsKafka, ownsPostgres },
    });
  }

  /** Roles belong to a server: stacks that share someone's server must agree on their passwords. */
  get #roleSecret(): string {
    const { databaseUrl } = this.#record.options;
    return databaseUrl ? new URL(databaseUrl).password : this.#secrets.roles;
  }

  async #startPrograms(): Promise<void> {
    const frontDoor = this.#frontDoorProgram();
    await allTogether(
      [
        ...serviceNames.map((service) => (stop: AbortSignal) => {
          const program = this.#serviceProgram(service);
          const known = this.#record.state.services[service];
          return this.#bringUp(
            { program, known, start: () => this.#startService(program, service) },
            stop,
          );
        }),
        (stop) =>
          this.#bringUp(
            {
              program: frontDoor,
              known: this.#record.state.frontDoor,
              start: () => this.#startFrontDoor(frontDoor),
            },
            stop,
          ),
      ],
      this.#record.options.signal,
    );
    this.#record.report('front door', this.baseUrl);
  }

  async #bringUp({ program, known, start }: Part, signal: AbortSignal): Promise<void> {
    const from = performance.now();
    const where = program.environment.FARTHING_HTTP_PORT;
    if (known && isAlive(known) && known.fingerprint === programFingerprint(program)) {
      await waitReady(program, known, signal);
      if (where) this.#record.report(program.name, `127.0.0.1:${where}, already up`);
      return;
    }
    if (known) await stopProgram(known);
    await waitReady(program, await start(), signal);
    if (where) this.#record.report(program.name, `127.0.0.1:${where}, ready in ${seconds(from)}`);
  }

  async #startService(program: NodeProgram, service: ServiceName): Promise<RunningProcess> {
    const running = await startProgram(program, this.#record.options.endWithParent ?? false);
    this.#record.started(running);
    this.#record.update({ services: { ...this.#record.state.services, [service]: running } });
    return running;
  }

  async #startFrontDoor(program: NodeProgram): Promise<RunningProcess> {
    const frontDoor = await startProgram(program, this.#record.options.endWithParent ?? false);
    this.#record.started(frontDoor);
    this.#record.update({ frontDoor });
    return frontDoor;
  }

  #serviceProgram(service: ServiceName): NodeProgram {
    const environment = serviceEnvironment(service, {
      brokers: this.brokers,
      topicPrefix: this.topicPrefix,
      partitions: this.partitions,
      ports: this.#ports(service),
      catalogGrpcPort: this.#ports('catalog').grpc!,
      database: this.databases.schemas[service],
      operatorKey: this.operatorKey,
      keysFolder: this.folder.keys,
      clockOffsetMs: process.env.FARTHING_CLOCK_OFFSET_MS,
    });
    return serviceProgram(service, {
      environment: {
        ...environment,
        ...this.#record.options.environment,
        ...this.#record.options.serviceEnvironment?.[service],
      },
      logFile: this.folder.log(service),
      readyUrl: `${this.managementUrl(service)}/readyz`,
    });
  }

  #frontDoorProgram(): NodeProgram {
    const upstreams = serviceNames.map((service) => [service, this.serviceUrl(service)] as const);
    return {
      name: 'front door',
      entry: 'deploy/local/dist/front-door/main.js',
      parts: ['deploy/local/dist/front-door'],
      environment: frontDoorEnvironment(
        this.#record.state.frontDoorPort!,
        Object.fromEntries(upstreams),
      ),
      logFile: this.folder.log('front-door'),
      readyUrl: `${this.baseUrl}/healthz`,
    };
  }
}
