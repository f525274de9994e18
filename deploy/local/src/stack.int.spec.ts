import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from './service-names.js';
import { answersReady } from './services.js';
import { processToken } from './servers/process-token.js';
import type { StackOptions } from './stack/stack-options.js';
import { readState } from './stack/state-file.js';
import { type Stack, startStack } from './stack.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'farthing-stack-'));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(name: string, more: Partial<StackOptions> = {}): StackOptions {
  return { folder: join(folder, name), partitions: 2, endWithParent: true, ...more };
}

function ready(stack: Stack): Promise<boolean[]> {
  return Promise.all(
    serviceNames.map((name) => answersReady(`${stack.managementUrl(name)}/readyz`)),
  );
}

describe('a stack', { timeout: 240_000 }, () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack(options('one'));
  }, 240_000);
  afterAll(() => stack.remove(), 60_000);

  it('has every service ready behind one base URL', async () => {
    expect(await ready(stack)).toEqual(serviceNames.map(() => true));
    const asked = await fetch(`${stack.baseUrl}/v1/charges`);
    expect(asked.status).not.toBe(503);
    expect(asked.status).not.toBe(404);
    expect((await fetch(`${stack.baseUrl}/v1/nothing`)).status).toBe(404);
  });

  it('is used as it is by the next start, and only what ended is started again', async () => {
    const before = stack.pids;
    await stack.kill('rating');
    expect(stack.pids.rating).toBeUndefined();
    const lines: string[] = [];
    const again = await startStack(options('one', { report: (line) => lines.push(line) }));
    const { rating, ...others } = again.pids;
    expect(others).toEqual({ ...before, rating: undefined });
    expect(rating).not.toBe(before.rating);
    expect(lines.filter((line) => line.includes('already up'))).toHaveLength(6);
    stack = again;
  });

  it('restarts a service whose settings changed, and no other', async () => {
    const before = stack.pids;
    const changed = { wallets: { FARTHING_LOG_LEVEL: 'warn' } };
    stack = await startStack(options('one', { serviceEnvironment: changed }));
    expect(stack.pids.wallets).not.toBe(before.wallets);
    expect({ ...stack.pids, wallets: 0 }).toEqual({ ...before, wallets: 0 });
  });

  it('takes kills, freezes and restarts of its parts', async () => {
    await stack.kill('ingestion', 'SIGSTOP');
    await stack.restart('ingestion');
    await Promise.all([stack.stopKafka('immediate'), stack.stopPostgres('immediate')]);
    expect(stack.pids).not.toHaveProperty('kafka');
    expect(stack.pids).not.toHaveProperty('postgres');
    await Promise.all([stack.startKafka(), stack.startPostgres()]);
    for (const name of serviceNames) await stack.restart(name);
    expect(await ready(stack)).toEqual(serviceNames.map(() => true));
  });
});

describe('a start that fails', { timeout: 240_000 }, () => {
  it('names the part and why, and leaves nothing running', async () => {
    const started: number[] = [];
    const broken = options('two', {
      serviceEnvironment: { invoicing: { FARTHING_HTTP_PORT: 'none' } },
      report: () => {
        const { services, kafka, postgres, frontDoor } = readState(join(folder, 'two/state.json'));
        const running = [...Object.values(services), kafka, postgres, frontDoor];
        started.push(...running.flatMap((process) => (process ? [process.pid] : [])));
      },
    });
    await expect(startStack(broken)).rejects.toThrow(/^invoicing ended while starting/);
    expect(started.length).toBeGreaterThanOrEqual(2);
    expect(started.filter((pid) => processToken(pid) !== undefined)).toEqual([]);
    expect(existsSync(join(folder, 'two/lock'))).toBe(false);
  });
});
