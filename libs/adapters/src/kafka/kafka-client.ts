import { Kafka, logLevel, type LogEntry } from 'kafkajs';
import type { Logger } from '../telemetry/logger.js';
import { guardIdleSpin } from './idle-spin-guard.js';

export interface KafkaOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** `FARTHING_TOPIC_PREFIX`: goes before topics and groups; empty outside tests. */
  readonly topicPrefix: string;
  /** `FARTHING_SESSION_TIMEOUT`, of consumer groups; 30 s unless said. */
  readonly sessionTimeoutMs?: number;
  readonly logger: Logger;
}

/** A client and its prefix. Everything else in this folder takes names without the prefix and answers such names. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  /** A topic or a group as the broker knows it. */
  withPrefix(name: string): string;
  withoutPrefix(name: string): string;
}

/** Nothing is connected yet: producers, consumers and the admin connect by themselves. */
export function createKafka(options: KafkaOptions): KafkaConnection {
  guardIdleSpin();
  const { topicPrefix } = options;
  const logger = options.logger.child({ component: 'kafka' });
  const kafka = new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    // A broker that just started answers "coordinator is loading": retry, do not crash.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 10 },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => logEntry(logger, entry),
  });
  return {
    kafka,
    logger,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 30_000,
    withPrefix: (name) => topicPrefix + name,
    withoutPrefix: (name) => (name.startsWith(topicPrefix) ? name.slice(topicPrefix.length) : name),
  };
}

/** kafkajs' errors are often retries that succeed, so its `error` is our `warn`, and its `info` our `debug`. */
function logEntry(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, timestamp: _timestamp, ...details } = log;
  const text = namespace ? `${namespace}: ${message}` : message;
  if (level === logLevel.ERROR || level === logLevel.WARN) logger.warn(details, text);
  else logger.debug(details, text);
}
