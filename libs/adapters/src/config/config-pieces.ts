import { z } from 'zod';
import { CRASH_AT_PATTERN } from './crash-point.js';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DEFAULT_PASSWORDS = new Set([
  '',
  'postgres',
  'password',
  'farthing',
  'changeme',
  'secret',
  'admin',
]);

/** `postgres://user:password@host:port/database`. */
export const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\/[^\s]+$/.test(text) && URL.canParse(text),
    'must be a postgres:// URL',
  );

/** `host:port,host:port` → a list of brokers. */
export const brokerList = z
  .string()
  .transform((text) => text.split(',').map((broker) => broker.trim()))
  .refine(
    (brokers) => brokers.every((broker) => /^[^\s:]+:\d+$/.test(broker)),
    'must be host:port[,host:port…]',
  );

/** A TCP port; 0 lets the system choose one. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be at most 65535');

/** `250ms`, `30s`, `5m`, `2h`, `100d`, or plain milliseconds → milliseconds. */
export const durationMs = z
  .string()
  .regex(/^\d{1,10}(ms|s|m|h|d)?$/, 'must be a duration such as 250ms, 30s, 5m, 2h or 100d')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof UNIT_MS | undefined;
    return Number.parseInt(text, 10) * UNIT_MS[unit ?? 'ms'];
  });

/** What every service reads. `FARTHING_ENV` is `production` unless stated, so forgetting it is the safe mistake. */
export const processShape = {
  FARTHING_ENV: z.enum(['production', 'development']).default('production'),
  FARTHING_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info'),
  FARTHING_CLOCK_OFFSET_MS: z
    .string()
    .regex(/^-?\d{1,15}$/, 'must be milliseconds')
    .transform(Number)
    .default(0),
  FARTHING_CRASH_AT: z.string().regex(CRASH_AT_PATTERN, 'must be <point>:<nth time>').optional(),
};

/** The public and the management listener. */
export const httpShape = {
  FARTHING_HTTP_HOST: z.string().default('127.0.0.1'),
  FARTHING_HTTP_PORT: port,
  FARTHING_MANAGEMENT_PORT: port,
};

export const kafkaShape = {
  FARTHING_KAFKA_BROKERS: brokerList,
  FARTHING_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,60}$/, 'must be letters, digits, dot, dash or underscore')
    .default(''),
  /** P: the number of partitions that every topic has which is partitioned by the same key. */
  FARTHING_PARTITIONS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a number of partitions')
    .transform(Number)
    .default(48),
  /** How long a killed process keeps its partitions: they go to another one after that. */
  FARTHING_SESSION_TIMEOUT: durationMs.default(30_000),
};

/** The two roles that a service with a schema has at run time, and the owner's when it shall migrate on start. */
export const databaseShape = {
  FARTHING_DATABASE_API_URL: databaseUrl,
  FARTHING_DATABASE_BATCH_URL: databaseUrl,
  FARTHING_DATABASE_OWNER_URL: databaseUrl.optional(),
};

/**
 * The schema of one service's environment: its own shape, what every service reads, and the rules between
 * variables. Any variable that starts with `FARTHING_DATABASE_` is held to the rule about default credentials.
 */
export function serviceConfig<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object({ ...processShape, ...shape }).superRefine((value, context) => {
    const config = value as Record<string, unknown>;
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (config.FARTHING_ENV === 'development') return;
    if (config.FARTHING_CLOCK_OFFSET_MS !== 0) {
      refuse('FARTHING_CLOCK_OFFSET_MS', 'is refused outside development');
    }
    if (config.FARTHING_CRASH_AT !== undefined)
      refuse('FARTHING_CRASH_AT', 'is refused outside development');
    for (const [name, text] of Object.entries(config)) {
      if (
        name.startsWith('FARTHING_DATABASE_') &&
        typeof text === 'string' &&
        hasDefaultCredentials(text)
      ) {
        refuse(name, 'has default credentials, which are refused outside development');
      }
    }
  });
}

function hasDefaultCredentials(url: string): boolean {
  const { username, password } = new URL(url);
  return DEFAULT_PASSWORDS.has(password) || password === username;
}
