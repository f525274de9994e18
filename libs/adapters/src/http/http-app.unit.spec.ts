import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { DeadlineExceeded } from '../kafka/kafka-errors.js';
import { createLogger } from '../telemetry/logger.js';
import { createHttpApp } from './create-http-app.js';
import { decodeCursor, pageOf, pageQuery } from './cursor.js';
import { Problem } from './problem.js';

const thingBody = z.strictObject({
  name: z.string().min(1),
  parts: z.array(z.object({ count: z.int() })).default([]),
});
const thingPath = z.object({ id: z.string().regex(/^[a-z]+$/) });

@Controller('things')
class ThingsController {
  @Post()
  create(@Body({ schema: thingBody }) body: z.output<typeof thingBody>) {
    return body;
  }

  @Get()
  list(@Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    const after = decodeCursor(query.after, z.tuple([z.int()]))?.[0] ?? 0;
    const rows = [1, 2, 3, 4, 5].filter((n) => n > after).slice(0, query.limit + 1);
    return pageOf(rows, query.limit, (n) => [n]);
  }

  @Get(':id')
  get(@Param({ schema: thingPath }) path: z.output<typeof thingPath>) {
    if (path.id === 'gone')
      throw new Problem({ status: 404, code: 'not_found', detail: 'no such thing' });
    if (path.id === 'late') throw new DeadlineExceeded('Kafka did not acknowledge');
    if (path.id === 'bug') throw new Error('password=hunter2');
    return path;
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

let app: NestFastifyApplication;

beforeAll(async () => {
  app = await createHttpApp(ThingsModule, {
    logger: createLogger({ service: 'test', level: 'silent' }),
    bodyLimitBytes: 1_000,
    openApi: { title: 'Things', version: '1', description: 'For the spec' },
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(() => app.close());

async function post(payload: string, headers = { 'content-type': 'application/json' }) {
  const answer = await app.inject({ method: 'POST', url: '/things', payload, headers });
  return { status: answer.statusCode, type: answer.headers['content-type'], ...answer.json() };
}

test('a good body reaches the controller as the output of its schema', async () => {
  expect(await post('{"name":"a"}')).toMatchObject({ status: 201, name: 'a', parts: [] });
});

test('every fault has its own code and JSON pointer', async () => {
  const answer = await post('{"name":"","parts":[{"count":1.5}],"extra":1}');
  expect(answer).toMatchObject({
    status: 400,
    code: 'invalid_request',
    type: '/docs/problems#invalid_request',
    title: 'Bad Request',
  });
  const pointers = answer.errors.map(({ pointer, code }: { pointer: string; code: string }) => [
    pointer,
    code,
  ]);
  expect(pointers).toEqual([
    ['/name', 'too_small'],
    ['/parts/0/count', 'invalid_type'],
    ['', 'unrecognized_keys'],
  ]);
});

test.each([
  ['no JSON', '{"name":', { 'content-type': 'application/json' }, 400, 'bad_request'],
  [
    'a poisoned prototype',
    '{"__proto__":{"name":"a"}}',
    { 'content-type': 'application/json' },
    400,
    'bad_request',
  ],
  [
    'another media type',
    '<a/>',
    { 'content-type': 'application/xml' },
    415,
    'unsupported_media_type',
  ],
  [
    'too many bytes',
    `"${'x'.repeat(2_000)}"`,
    { 'content-type': 'application/json' },
    413,
    'body_too_large',
  ],
])('%s is a problem, too', async (_what, payload, headers, status, code) => {
  expect(await post(payload, headers)).toMatchObject({ status, code });
});

test.each([
  ['/things/gone', 404, 'not_found', 'no such thing'],
  ['/things/late', 503, 'deadline_exceeded', 'Kafka did not acknowledge'],
  ['/things/UPPER', 400, 'invalid_request', '1 fault(s) in the request'],
  ['/nowhere', 404, 'not_found', 'Cannot GET /nowhere'],
  ['/things/%ff', 400, 'bad_request', undefined],
])('%s answers %i %s', async (url, status, code, detail) => {
  const answer = await app.inject({ url });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json()).toMatchObject({ code, status, ...(detail && { detail }) });
  expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
});

test('an error that nobody foresaw says nothing of its cause', async () => {
  const answer = await app.inject({ url: '/things/bug' });
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain('hunter2');
});

/** The id of an answer, which is in its header and in its body. */
async function idFor(given?: string) {
  const headers = given === undefined ? {} : { 'x-request-id': given };
  const answer = await app.inject({ url: '/things/gone', headers });
  expect(answer.json().requestId).toBe(answer.headers['x-request-id']);
  return answer.headers['x-request-id'];
}

test('a request id is kept when it is harmless, and made otherwise', async () => {
  expect(await idFor('abc-1')).toBe('abc-1');
  expect(await idFor('two words')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await idFor()).toMatch(/^[0-9a-f-]{36}$/);
});

test('pages follow each other to the end, and a foreign cursor is refused', async () => {
  const first = (await app.inject({ url: '/things?limit=3' })).json();
  expect(first).toMatchObject({ items: [1, 2, 3] });
  const second = (await app.inject({ url: `/things?limit=3&after=${first.next}` })).json();
  expect(second).toEqual({ items: [4, 5] });
  const refused = (await app.inject({ url: '/things?after=abc' })).json();
  expect(refused).toMatchObject({ code: 'invalid_cursor', errors: [{ pointer: '/after' }] });
});

test('the OpenAPI document is 3.1 and has the schema of the body', async () => {
  const document = (await app.inject({ url: '/openapi.json' })).json();
  expect(document.openapi).toBe('3.1.0');
  const { schema } = document.paths['/things'].post.requestBody.content['application/json'];
  expect(schema.properties.name).toMatchObject({ type: 'string', minLength: 1 });
  expect((await app.inject({ url: '/docs' })).statusCode).toBe(200);
});
