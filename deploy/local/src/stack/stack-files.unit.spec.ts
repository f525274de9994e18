import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceName } from '../service-names.js';
import { commandEnvironment } from './command-environment.js';
import { lockFolder } from './folder-lock.js';
import { optionsFromEnvironment } from './options-from-environment.js';
import { stackSecrets } from './secrets-file.js';
import { serviceEnvironment } from './service-environment.js';
import { stackFolder } from './stack-folder.js';
import { emptyState, readState, writeState } from './state-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-stack-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const connection = {
  brokers: '127.0.0.1:21000',
  topicPrefix: '',
  partitions: 8,
  auditorUrl: 'postgres://farthing_auditor@127.0.0.1/farthing',
  ownsKafka: true,
  ownsPostgres: true,
};

describe('the state file', () => {
  it('is empty before the first start, and gives back what was written, for its owner alone', () => {
    const file = join(folder, 'state.json');
    expect(readState(file)).toEqual(emptyState);
    const state = { ...emptyState, kafka: { pid: 5, token: '99', brokers: '127.0.0.1:21000' } };
    writeState(file, state);
    expect(readState(file)).toEqual(state);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the secrets', () => {
  it('are made once, for their owner alone', () => {
    const file = join(folder, 'secrets.json');
    const made = stackSecrets(file);
    expect(stackSecrets(file)).toEqual(made);
    expect(made.roles).not.toBe(made.operatorKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the lock', () => {
  it('is held by one command at a time', () => {
    const file = join(folder, 'lock');
    const unlock = lockFolder(file);
    expect(() => lockFolder(file)).toThrow(`process ${process.pid} is changing this stack`);
    unlock();
    expect(existsSync(file)).toBe(false);
    lockFolder(file)();
  });

  it.each(['{"pid":1,"token":"of an earlier process"}', 'half writt'])(
    'is taken from a holder that ended: %s',
    (left) => {
      const file = join(folder, 'lock');
      writeFileSync(file, left);
      lockFolder(file)();
      expect(existsSync(file)).toBe(false);
    },
  );
});

describe('a service’s environment', () => {
  const around = {
    brokers: 'k:9092',
    topicPrefix: 'p.',
    partitions: 8,
    ports: { http: 1, management: 2, grpc: 4 },
    catalogGrpcPort: 3,
    database: { owner: 'o', api: 'a', batch: 'b' },
    operatorKey: 'secret',
    keysFolder: '/keys',
    clockOffsetMs: undefined,
  };

  function keysOf(service: ServiceName): string[] {
    return Object.keys(serviceEnvironment(service, around));
  }

  it('gives the operator key to catalog alone, and the signing keys to invoicing alone', () => {
    expect(keysOf('catalog')).toContain('FARTHING_OPERATOR_KEY');
    expect(keysOf('rating')).not.toContain('FARTHING_OPERATOR_KEY');
    expect(keysOf('invoicing')).toContain('FARTHING_KEYS_DIR');
    expect(keysOf('rating')).not.toContain('FARTHING_KEYS_DIR');
  });

  it('gives no database to a service without a schema, and no clock offset unless one is set', () => {
    expect(serviceEnvironment('ingestion', { ...around, database: undefined })).toEqual({
      FARTHING_ENV: 'development',
      FARTHING_LOG_LEVEL: 'info',
      FARTHING_KAFKA_BROKERS: 'k:9092',
      FARTHING_TOPIC_PREFIX: 'p.',
      FARTHING_PARTITIONS: '8',
      FARTHING_HTTP_PORT: '1',
      FARTHING_MANAGEMENT_PORT: '2',
      FARTHING_INGESTION_GRPC_PORT: '4',
      FARTHING_CATALOG_GRPC_URL: '127.0.0.1:3',
    });
    expect(serviceEnvironment('rating', { ...around, clockOffsetMs: '60000' })).toMatchObject({
      FARTHING_DATABASE_OWNER_URL: 'o',
      FARTHING_CLOCK_OFFSET_MS: '60000',
    });
  });
});

describe('options from the environment', () => {
  it('count an empty variable as not set', () => {
    expect(
      optionsFromEnvironment({ FARTHING_KAFKA_BROKERS: '', FARTHING_PARTITIONS: '12' }),
    ).toEqual({
      brokers: undefined,
      databaseUrl: undefined,
      topicPrefix: undefined,
      partitions: 12,
    });
  });

  it.each([
    [{ FARTHING_PARTITIONS: 'many' }, 'FARTHING_PARTITIONS is many'],
    [{ FARTHING_PARTITIONS: '0' }, 'FARTHING_PARTITIONS is 0'],
    [{ FARTHING_DATABASE_URL: 'localhost' }, 'FARTHING_DATABASE_URL is not a URL'],
  ])('refuse %j', (environment, message) => {
    expect(() => optionsFromEnvironment(environment)).toThrow(message);
  });
});

describe('the command line’s environment', () => {
  it('is empty before the first start; then names the stack, and the demo’s key when there is one', () => {
    const home = stackFolder(join(folder, 'home'));
    expect(commandEnvironment(home)).toEqual({});
    writeState(home.state, { ...emptyState, connection, frontDoorPort: 4310 });
    expect(commandEnvironment(home)).toMatchObject({
      FARTHING_URL: 'http://127.0.0.1:4310',
      FARTHING_KAFKA_BROKERS: '127.0.0.1:21000',
      FARTHING_AUDITOR_URL: connection.auditorUrl,
    });
    expect(commandEnvironment(home)).not.toHaveProperty('FARTHING_API_KEY');
    writeFileSync(join(home.path, 'api-key'), 'fk_live_x\n');
    expect(commandEnvironment(home).FARTHING_API_KEY).toBe('fk_live_x');
  });

  it('says where a replay may make a database, on a server of its own only', () => {
    const home = stackFolder(join(folder, 'replay'));
    const postgres = { pid: 1, token: 'one', url: 'postgres://me@127.0.0.1/postgres' };
    const scratchUrl = (ownsPostgres: boolean) => {
      writeState(home.state, {
        ...emptyState,
        postgres,
        connection: { ...connection, ownsPostgres },
      });
      return commandEnvironment(home).FARTHING_SCRATCH_URL;
    };
    expect(scratchUrl(true)).toBe(postgres.url);
    expect(scratchUrl(false)).toBeUndefined();
  });
});
