import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import kafkajs from 'kafkajs';
import { repositoryRoot } from '../repository.js';
import { type RunningProcess, isAlive, launch, stopProcess } from './child-process.js';
import { freePort } from './free-port.js';
import { jarCache, javaCommand, kafkaJars } from './kafka-jars.js';
import { type BrokerDeclaration, kafkaProperties } from './kafka-properties.js';
import { logTail } from './log-tail.js';
import { waitUntil } from './wait-until.js';

export type KafkaStart = {
  /**
   * Data, settings and, unless named, the log. An existing one is started again with what it holds.
   */
  readonly folder: string;
  /** By default the port of this folder's last start, or any free one. */
  readonly port?: number | undefined;
  readonly logFile?: string | undefined;
  readonly jarCache?: string | undefined;
  readonly heapMegabytes?: number | undefined;
  /** Kill it when this process exits. By default it lives on. */
  readonly endWithParent?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type KafkaStop = 'clean' | 'immediate';

export type KafkaServer = RunningProcess & {
  readonly brokers: string;
  readonly port: number;
  readonly stop: (mode?: KafkaStop) => Promise<void>;
};

const startTimeoutMs = 60_000;
const cleanStopTimeoutMs = 30_000;

/** Apache Kafka as one process, broker and controller; it answers when this returns. */
export async function startKafka(start: KafkaStart): Promise<KafkaServer> {
  const folder = resolve(start.folder);
  const java = javaCommand();
  const jars = kafkaJars(start.jarCache ?? jarCache);
  const classpath = join(jars, '*');
  mkdirSync(folder, { recursive: true });
  const ports = await kafkaPorts(folder, start.port);
  const settings = writeSettings(folder, ports);
  if (!existsSync(join(folder, 'data/meta.properties'))) format({ java, classpath, settings });

  const logFile = start.logFile ?? join(folder, 'kafka.log');
  const running = await launch({
    command: java,
    arguments: [
      ...jvmArguments(start.heapMegabytes ?? 512),
      '-cp',
      classpath,
      'kafka.Kafka',
      settings,
    ],
    environment: process.env,
    workingFolder: folder,
    logFile,
    endWithParent: start.endWithParent ? 'SIGKILL' : undefined,
  });
  const brokers = `127.0.0.1:${ports.port}`;
  try {
    await waitForBroker({ brokers, running, logFile, signal: start.signal });
  } catch (error) {
    await stopKafka(running, 'immediate');
    throw error;
  }
  return { ...running, brokers, port: ports.port, stop: (mode) => stopKafka(running, mode) };
}

/** `clean` lets it write its logs out; `immediate` is what a power cut or `kill -9` does. */
export async function stopKafka(running: RunningProcess, mode: KafkaStop = 'clean'): Promise<void> {
  const signal = mode === 'clean' ? 'SIGTERM' : 'SIGKILL';
  await stopProcess(running, { signal, timeoutMs: cleanStopTimeoutMs });
}

/** True when the broker at `brokers` answers a request for the cluster's metadata. */
export async function kafkaAnswers(brokers: string): Promise<boolean> {
  const client = new kafkajs.Kafka({
    clientId: 'farthing-local',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = client.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

type Ports = { readonly port: number; readonly controllerPort: number };

/**
 * The same ports at every start, because clients hold them, unless something else has taken one
 * since.
 */
async function kafkaPorts(folder: string, wanted: number | undefined): Promise<Ports> {
  const file = join(folder, 'ports.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : undefined;
  const ports = {
    port: wanted ?? (await freePort(known?.port)),
    controllerPort: await freePort(known?.controllerPort),
  };
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

function writeSettings(folder: string, ports: Ports): string {
  const source = readFileSync(join(repositoryRoot, 'deploy/kafka/broker.json'), 'utf8');
  const declared = JSON.parse(source) as BrokerDeclaration;
  const settings = join(folder, 'server.properties');
  writeFileSync(
    settings,
    kafkaProperties(declared, { ...ports, dataFolder: join(folder, 'data') }),
  );
  return settings;
}

function format(tool: { java: string; classpath: string; settings: string }): void {
  // A cluster's id is 16 random bytes in base64url, and one that begins with '-' would read as an
  // option.
  const id = `F${randomBytes(16).toString('base64url').slice(1)}`;
  const run = spawnSync(
    tool.java,
    ['-cp', tool.classpath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', tool.settings],
    { encoding: 'utf8' },
  );
  if (run.status !== 0)
    throw new Error(`Kafka's data folder cannot be made:\n${run.stdout}${run.stderr}`);
}

function jvmArguments(heapMegabytes: number): string[] {
  return [
    `-Xmx${heapMegabytes}m`,
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
  ];
}

type Waiting = {
  readonly brokers: string;
  readonly running: RunningProcess;
  readonly logFile: string;
  readonly signal: AbortSignal | undefined;
};

async function waitForBroker({ brokers, running, logFile, signal }: Waiting): Promise<void> {
  const answered = await waitUntil(
    () => {
      if (!isAlive(running)) throw new Error(`Kafka ended while starting:\n${logTail(logFile)}`);
      return kafkaAnswers(brokers);
    },
    { timeoutMs: startTimeoutMs, everyMs: 150, signal },
  );
  if (!answered) throw new Error(`Kafka does not answer at ${brokers}:\n${logTail(logFile)}`);
}
