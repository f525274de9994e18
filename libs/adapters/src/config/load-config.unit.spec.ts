import { expect, test } from 'vitest';
import {
  databaseShape,
  durationMs,
  httpShape,
  kafkaShape,
  serviceConfig,
} from './config-pieces.js';
import { parseConfig } from './load-config.js';

const schema = serviceConfig({
  ...httpShape,
  ...kafkaShape,
  ...databaseShape,
  FARTHING_GRACE: durationMs.default(0),
});
const sound = {
  FARTHING_HTTP_PORT: '8080',
  FARTHING_MANAGEMENT_PORT: '0',
  FARTHING_KAFKA_BROKERS: 'a:9092,b:9093',
  FARTHING_DATABASE_API_URL: 'postgres://x_api:Tr0ub4dor@db/x',
  FARTHING_DATABASE_BATCH_URL: 'postgres://x_batch:Tr0ub4dor@db/x',
};

function faultsOf(env: NodeJS.ProcessEnv): string {
  const parsed = parseConfig(schema, env);
  return parsed.outcome === 'refused' ? parsed.message : 'none';
}

test('a sound environment becomes typed values, and an empty variable is an absent one', () => {
  const parsed = parseConfig(schema, { ...sound, FARTHING_GRACE: '2h', FARTHING_TOPIC_PREFIX: '' });
  expect(parsed).toMatchObject({
    outcome: 'ok',
    config: {
      FARTHING_ENV: 'production',
      FARTHING_HTTP_PORT: 8080,
      FARTHING_KAFKA_BROKERS: ['a:9092', 'b:9093'],
      FARTHING_GRACE: 7_200_000,
      FARTHING_TOPIC_PREFIX: '',
    },
  });
});

test('all faults are reported together', () => {
  const message = faultsOf({
    ...sound,
    FARTHING_HTTP_PORT: '99999',
    FARTHING_KAFKA_BROKERS: 'nowhere',
  });
  expect(message).toContain('2 fault(s)');
  expect(message).toContain('FARTHING_HTTP_PORT: must be at most 65535');
  expect(message).toContain('FARTHING_KAFKA_BROKERS: must be host:port');
});

test.each([
  ['a moved clock', { FARTHING_CLOCK_OFFSET_MS: '1000' }],
  ['a crash point', { FARTHING_CRASH_AT: 'after_commit:2' }],
  ['a default password', { FARTHING_DATABASE_API_URL: 'postgres://x_api:postgres@db/x' }],
  ['a password that is the name', { FARTHING_DATABASE_API_URL: 'postgres://x_api:x_api@db/x' }],
  ['no password', { FARTHING_DATABASE_BATCH_URL: 'postgres://x_batch@db/x' }],
])('%s is for development only', (_what, variables) => {
  expect(faultsOf({ ...sound, ...variables })).toContain(Object.keys(variables)[0]);
  expect(faultsOf({ ...sound, ...variables, FARTHING_ENV: 'development' })).toBe('none');
});

test.each(['1.5s', '-3', 's', '5w'])('%s is not a duration', (text) => {
  expect(durationMs.safeParse(text).success).toBe(false);
});
