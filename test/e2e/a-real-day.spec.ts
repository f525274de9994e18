import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoJson } from '@farthing/local/demo/demo-json';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { runDemo, type DemoInput, type DemoResult } from '@farthing/local/demo/run-demo';
import type { Stack } from '@farthing/local/stack';
import { expectedFigures, playedDay } from '../stack/access-log.js';
import type { StatementSummary } from '../stack/cycle-run.js';
import { Door } from '../stack/door.js';
import { auditOf, farthing, violatedOf } from '../stack/farthing-command.js';
import { cpuPercentOver, peakMegabytesDuring, type PerService } from '../stack/process-figures.js';
import { sharedStack } from '../stack/test-stack.js';

const MEGABYTES_MAX = 250;
const IDLE_CPU_PERCENT_MAX = 3;
/** A shorter time would measure one garbage collection. */
const IDLE_SECONDS = 30;

/** None for a generated day: what it must come to was not computed apart. */
const FIGURES = Object.entries(expectedFigures() ?? {});

let stack: Stack;
let place: DemoStack;
let input: DemoInput;
let result: DemoResult;
let json: Record<string, unknown>;
let peak: PerService;
let files: ReadonlyMap<string, string>;
let folder: string;

beforeAll(async () => {
  ({ stack, place } = await sharedStack());
  folder = await mkdtemp(join(tmpdir(), 'farthing-empty-'));
  input = await playedDay();
  ({ value: result, peak } = await peakMegabytesDuring(stack, () =>
    runDemo(place, input, () => undefined),
  ));
  json = demoJson(result, input.tariff);
  files = await statementFiles();
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every sealed file of the day's run, by statement. */
async function statementFiles(): Promise<ReadonlyMap<string, string>> {
  const door = new Door(place.baseUrl, result.tenant.key);
  const statements = await door.list<StatementSummary>(
    `/v1/statements?run=${result.run}&limit=1000`,
  );
  const found = new Map<string, string>();
  const waiting = statements.map(({ id }) => id);
  const worker = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      found.set(id, (await door.request('GET', `/v1/statements/${id}/file`)).text);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return found;
}

function hashesOf(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...texts].map(([id, text]) => [id, createHash('sha256').update(text).digest('hex')]),
  );
}

describe('a day, sent once', () => {
  it.each(FIGURES)('comes to what was computed apart: %s', (key, wanted) => {
    expect(json[key]).toEqual(wanted);
  });

  it('is the same money found five ways, to the nano', () => {
    const { total } = json;
    expect(total).not.toBe('0.000000000');
    expect(json.tieOut).toEqual({
      log: total,
      rating: total,
      ledger: total,
      statements: total,
      invoices: total,
    });
  });

  it('gives every customer one invoice and one statement that verifies', () => {
    const { customers } = json;
    expect(json).toMatchObject({ invoices: customers, statementsVerified: customers });
    expect(files.size).toBe(customers);
    expect(result.statements.forgery).toMatchObject({ caught: true });
  });

  it('names every rejected event, and loses none', () => {
    const { applied, duplicate, conflict, rejected } = result.counts;
    expect(applied + duplicate + conflict + rejected + result.sent.rejected).toBe(result.sent.sent);
    expect(conflict).toBe(0);
  });

  it(`keeps every service below ${MEGABYTES_MAX} MB`, () => {
    for (const [service, megabytes] of Object.entries(peak)) {
      expect(megabytes, `${service} ${JSON.stringify(peak)}`).toBeLessThan(MEGABYTES_MAX);
    }
  });

  it('satisfies the auditor', async () => {
    const { code, findings } = await auditOf(stack);
    expect(violatedOf(findings)).toEqual({});
    expect(code).toBe(0);
  });
});

function largest(): string {
  return [...files.values()].reduce((a, b) => (b.length > a.length ? b : a));
}

describe('a statement in an empty folder', () => {
  it('verifies without network, database or environment', async () => {
    await writeFile(join(folder, 'statement.ndjson'), largest());
    const { code, stdout } = await farthing(['verify', 'statement.ndjson'], { cwd: folder });
    expect(stdout).toContain('1 of 1 statements verified');
    expect(stdout).toContain('not pinned');
    expect(code).toBe(0);
  });

  it('verifies with the published keys, and not with other ones', async () => {
    const door = new Door(place.baseUrl, result.tenant.key);
    const keys = (await door.request('GET', '/.well-known/farthing-keys.json')).text;
    await writeFile(join(folder, 'keys.json'), keys);
    const words = ['verify', 'statement.ndjson', '--keys', 'keys.json'];
    const pinned = await farthing(words, { cwd: folder });
    expect(pinned).toMatchObject({ code: 0 });
    expect(pinned.stdout).toContain('key pinned');
    await writeFile(join(folder, 'keys.json'), '{"keys":[]}');
    expect(await farthing(words, { cwd: folder })).toMatchObject({ code: 1 });
  });

  it('names the charge of which one digit was changed', async () => {
    const lines = largest().split('\n');
    const at = Math.floor(lines.length / 2);
    const { leaf } = JSON.parse(lines[at]!) as { leaf: { id: string; amount: string } };
    const digit = (Number(leaf.amount.at(-1)) + 1) % 10;
    const forged = `${leaf.amount.slice(0, -1)}${digit}`;
    lines[at] = lines[at]!.replace(`"amount":"${leaf.amount}"`, `"amount":"${forged}"`);
    await writeFile(join(folder, 'forged.ndjson'), lines.join('\n'));
    const { code, stdout } = await farthing(['verify', 'forged.ndjson'], { cwd: folder });
    expect(stdout).toContain(`charge ${leaf.id} was changed`);
    expect(code).toBe(1);
  });

  it('names the list from which one charge was taken', async () => {
    const lines = largest().split('\n');
    lines.splice(1, 1);
    await writeFile(join(folder, 'shorter.ndjson'), lines.join('\n'));
    const { code, stdout } = await farthing(['verify', 'shorter.ndjson'], { cwd: folder });
    expect(stdout).toContain('the list was changed');
    expect(code).toBe(1);
  });
});

describe('the same day, sent again', () => {
  let again: DemoResult;

  beforeAll(async () => {
    again = await runDemo(place, input, () => undefined);
  }, 600_000);

  it('is nothing but duplicates', () => {
    const { applied, conflict, charged } = again.counts;
    expect(again.sent).toEqual(result.sent);
    // An event that was once rejected is judged afresh, and rejected again.
    expect(again.rejected).toBe(result.rejected);
    expect(again.duplicates).toBe(again.sent.sent - again.rejected);
    expect({ applied, conflict, charged }).toEqual({
      applied: result.counts.applied,
      conflict: 0,
      charged: result.counts.charged,
    });
  });

  it('changes no figure', () => {
    const { duplicates: _duplicates, rejected: _rejected, ...figures } = json;
    expect(demoJson(again, input.tariff)).toMatchObject(figures);
  });

  it('changes no byte of any statement', async () => {
    expect(hashesOf(await statementFiles())).toEqual(hashesOf(files));
  });
});

describe('when no events arrive', () => {
  it(`each service uses less than ${IDLE_CPU_PERCENT_MAX} % of a core`, async () => {
    const used = await cpuPercentOver(stack, IDLE_SECONDS);
    for (const [service, percent] of Object.entries(used)) {
      expect(percent, `${service} ${JSON.stringify(used)}`).toBeLessThan(IDLE_CPU_PERCENT_MAX);
    }
  });
});
