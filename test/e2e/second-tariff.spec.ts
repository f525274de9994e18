import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoInput } from '@farthing/local/demo/demo-input';
import { runDemo, type DemoResult } from '@farthing/local/demo/run-demo';
import { repositoryRoot } from '@farthing/local/repository';
import type { Stack } from '@farthing/local/stack';
import { accessLogFile } from '../stack/access-log.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { magazineFigures, type MagazineFigures } from '../stack/magazine-figures.js';
import { sharedStack } from '../stack/test-stack.js';

const TARIFF = join(repositoryRoot, 'deploy/local/tariffs/magazine.yaml');
/** Of the log that is written where there is no real one. */
const HOSTS = 12;
const REQUESTS = 1_500;

let stack: Stack;
let result: DemoResult;
let wanted: MagazineFigures;
let folder: string;

beforeAll(async () => {
  const shared = await sharedStack();
  ({ stack } = shared);
  folder = await mkdtemp(join(tmpdir(), 'farthing-log-'));
  const log = accessLogFile() ?? (await writtenLog());
  wanted = magazineFigures(log);
  const given = { accessLog: log, tariff: TARIFF, seed: 1, json: true };
  result = await runDemo(shared.place, await demoInput(given, new Date()), () => undefined);
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Some hosts read much and some little, so that every tier, package and cell is met. */
async function writtenLog(): Promise<string> {
  const paths = [
    '/a/x.html',
    '/a/y.gif',
    '/b/z.mpg',
    '/b/s.wav',
    '/c/m.avi',
    '/b/',
    '/cgi-bin/imagemap/map?120,7',
  ];
  const lines = Array.from({ length: REQUESTS }, (_, i) => {
    const host = `host${Math.floor(((i * 7_919) % REQUESTS) ** 2 / (REQUESTS ** 2 / HOSTS))}`;
    const status = i % 23 === 0 ? 404 : 200;
    const size = (i * 104_729) % 60_000;
    const second = String(i % 60).padStart(2, '0');
    return `${host} - - [01/Aug/1995:06:00:${second} +0000] "GET ${paths[i % paths.length]} HTTP/1.0" ${status} ${size}`;
  });
  const file = join(folder, 'access.log');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

describe('a tariff from a file, over the same log', () => {
  it('comes to what its words say, price by price', () => {
    expect(Object.fromEntries(result.charges.amounts)).toEqual(wanted.amounts);
    expect(result.charges.total).toBe(wanted.total);
  });

  it('and customer by customer', () => {
    expect(result.charges.customers).toEqual(wanted.customers);
  });

  it('is the same money found five ways, each statement verified', () => {
    const { total } = wanted;
    expect(total).toBeGreaterThan(0n);
    expect(result.tieOut).toEqual({
      log: total,
      rating: total,
      ledger: total,
      statements: total,
      invoices: total,
    });
    const { verified, statements, forgery } = result.statements;
    expect(verified).toBe(statements);
    expect(forgery.caught).toBe(true);
  });

  it('satisfies the auditor', async () => {
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
  });
});
