import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly service: string;
  readonly level?: string;
  readonly destination?: DestinationStream;
}

// Whatever its path, a value under one of these names never reaches a log.
const SECRETS = ['authorization', 'apiKey', 'password', 'secret', 'token', 'idempotency-key'];

/** JSON lines on stdout. */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `req.headers["${name}"]`]),
  };
  return destination ? pino(options, destination) : pino(options);
}
