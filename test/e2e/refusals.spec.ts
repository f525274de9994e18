import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DemoStack } from '@farthing/local/demo/demo-stack';
import { repositoryRoot } from '@farthing/local/repository';
import { BATCH_TYPE, type Body, Door, LINES_TYPE, STRUCTURED_TYPE } from '../stack/door.js';
import { sendInbound } from '../stack/inbound-topic.js';
import { newKey, newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { countsOf, untilEnded, usageEvent } from '../stack/usage-event.js';
import { REFUSED_EVENTS } from './refused-events.js';

let place: DemoStack;
let tenant: Tenant;

beforeAll(async () => {
  ({ place } = await sharedStack());
  tenant = await newTenant(place);
});

const NEWLINE = Buffer.from('\n');

function linesOf(lines: ReadonlyArray<string | Buffer>): Buffer {
  return Buffer.concat(lines.flatMap((line) => [Buffer.from(line), NEWLINE]));
}

describe('one bad event', () => {
  it.each(REFUSED_EVENTS)('$code', async ({ code, line, pointer = '' }) => {
    const neighbours = [1, 2].map((n) => JSON.stringify(usageEvent({ id: `${code}-${n}` })));
    const body = linesOf([neighbours[0]!, line, neighbours[1]!]);
    const results = await tenant.door.sendEvents(body, LINES_TYPE);
    expect(results).toMatchObject([
      { outcome: 'accepted' },
      {
        outcome: 'rejected',
        code,
        pointer: `/1${pointer}`,
      },
      { outcome: 'accepted' },
    ]);
  });

  it('unknown_customer, where the tenant does not create customers', async () => {
    const strict = await newTenant(place, { unknownCustomers: 'refuse' });
    await strict.door.must('PUT', '/v1/customers/known', {});
    const events = ['known', 'stranger'].map((subject) => usageEvent({ id: subject, subject }));
    expect(await strict.door.sendBatch(events)).toMatchObject([
      { outcome: 'accepted' },
      { outcome: 'rejected', code: 'unknown_customer', pointer: '/1/subject' },
    ]);
  });

  it('content_type_unsupported, in the tenant’s own topic', async () => {
    const { id, door } = await newTenant(place);
    await sendInbound(place, id, [
      {
        key: 'reader',
        value: JSON.stringify([usageEvent({ id: 'in-a-batch' })]),
        headers: { 'content-type': BATCH_TYPE },
      },
    ]);
    await untilEnded(door, undefined, 1);
    expect(await countsOf(door)).toMatchObject([
      { outcome: 'rejected', reason: 'content_type_unsupported', count: 1 },
    ]);
  });

  it('has a row above for every code that the door’s README lists', () => {
    const codes = codesUnder('## Rejections of one event');
    const rows = new Set(REFUSED_EVENTS.map(({ code }) => code));
    expect(codes.filter((code) => !rows.has(code))).toEqual([
      'content_type_unsupported',
      'unknown_customer',
    ]);
    expect([...rows].filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('1,000 events of which 13 are bad', () => {
  it('are 987 accepted and 13 reasons, and rating sees exactly the 987', async () => {
    const bad = REFUSED_EVENTS.filter(({ line }) => line.length < 1_000).filter(
      (_, at) => at % 3 === 0,
    );
    const chosen = new Map(bad.slice(0, 13).map((event, at) => [at * 76 + 1, event]));
    const lines = Array.from(
      { length: 1_000 },
      (_, at) =>
        chosen.get(at)?.line ??
        JSON.stringify(usageEvent({ id: `t-${at}`, source: 'thousand', subject: `r${at % 50}` })),
    );
    const results = await tenant.door.sendEvents(linesOf(lines), LINES_TYPE);
    expect(results).toHaveLength(1_000);
    const reasons = results.flatMap(({ outcome, code }, at) =>
      outcome === 'rejected' ? [[at, code]] : [],
    );
    expect(reasons).toEqual([...chosen].map(([at, { code }]) => [at, code]));
    expect(reasons).toHaveLength(13);
    expect(await untilEnded(tenant.door, 'thousand', 987)).toEqual({ applied: 987 });
  });
});

const oneEvent = () => JSON.stringify(usageEvent({ id: 'whole' }));
const structured = { 'content-type': STRUCTURED_TYPE };
const lines = { 'content-type': LINES_TYPE };
const gzip = { 'content-encoding': 'gzip' };

type WholeRefusal = {
  readonly code: string;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Body;
  readonly path?: string;
};

const WHOLE: readonly WholeRefusal[] = [
  {
    code: 'query_invalid',
    status: 400,
    headers: structured,
    body: oneEvent(),
    path: '?dryRun=maybe',
  },
  {
    code: 'unsupported_media_type',
    status: 415,
    headers: { 'content-type': 'text/csv' },
    body: 'a,b',
  },
  {
    code: 'unsupported_encoding',
    status: 415,
    headers: { ...structured, 'content-encoding': 'br' },
    body: brotliCompressSync(oneEvent()),
  },
  { code: 'body_too_large', status: 413, headers: lines, body: 'x'.repeat(2 ** 20 + 1) },
  {
    code: 'compression_ratio_too_high',
    status: 413,
    headers: { ...lines, ...gzip },
    body: gzipSync('x'.repeat(900_000)),
  },
  { code: 'too_many_events', status: 413, headers: lines, body: '{}\n'.repeat(1_001) },
  { code: 'not_gzip', status: 400, headers: { ...lines, ...gzip }, body: 'plain' },
  {
    code: 'not_gzip',
    status: 400,
    headers: { ...lines, ...gzip },
    body: gzipSync(oneEvent()).subarray(0, 20),
  },
  { code: 'not_utf8', status: 400, headers: structured, body: Buffer.from([0xff, 0xfe]) },
  { code: 'not_json', status: 400, headers: structured, body: '{' },
  {
    code: 'not_json',
    status: 400,
    headers: { 'content-type': BATCH_TYPE },
    body: `[${oneEvent()},`,
  },
];

describe('a request that is refused as a whole', () => {
  it.each(WHOLE)('$code', async ({ code, status, headers, body, path = '' }) => {
    const answer = await tenant.door.request('POST', `/v1/events${path}`, { headers, body });
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('scope_missing', async () => {
    const key = await newKey(tenant.door, { scopes: ['usage:read'] });
    const reader = new Door(place.baseUrl, key);
    const answer = await reader.request('POST', '/v1/events', {
      headers: structured,
      body: oneEvent(),
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
  });

  it('has a test for every code that the door’s README lists', () => {
    const elsewhere = [
      // isolation.spec.ts
      'api_key_missing',
      'api_key_unknown',
      'api_key_revoked',
      'scope_missing',
      // limits.spec.ts
      'rate_limited',
      'overloaded',
      // test/faults/replay-under-faults.spec.ts
      'log_unavailable',
      'deadline_exceeded',
    ];
    const codes = codesUnder('## Refusals of a whole request');
    expect(codes.toSorted()).toEqual(
      [...new Set(WHOLE.map(({ code }) => code)), ...elsewhere].toSorted(),
    );
  });
});

/** The first code of each row of the table below a heading. */
function codesUnder(heading: string): string[] {
  const readme = readFileSync(join(repositoryRoot, 'services/ingestion/README.md'), 'utf8');
  const [, section] = readme.split(`${heading}\n`);
  const [table] = section!.split('\n## ');
  return [...table!.matchAll(/^\| (?:\d+ +\| )?`([a-z0-9_]+)` +\|/gm)].map((row) => row[1]!);
}
