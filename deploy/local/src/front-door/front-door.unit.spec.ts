import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frontDoor } from './front-door.js';
import type { Upstreams } from './front-door-environment.js';

type Seen = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

const nobody = 'http://127.0.0.1:1';

let upstream: Server;
let door: FastifyInstance;
let base: string;
let answer: { status: number; headers: Record<string, string>; body: string };
const seen: Seen[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({
        method: method!,
        url: url!,
        headers,
        body: Buffer.concat(chunks).toString('latin1'),
      });
      if (url === '/v1/events?cut') {
        request.socket.destroy();
      } else {
        response.writeHead(answer.status, answer.headers).end(answer.body);
      }
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const there = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const upstreams: Upstreams = {
    catalog: there,
    ingestion: there,
    rating: nobody,
    wallets: there,
    invoicing: there,
  };
  door = frontDoor(upstreams);
  base = await door.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await door.close();
  upstream.closeAllConnections();
  upstream.close();
});

function answers(status: number, body = '', headers: Record<string, string> = {}): void {
  answer = { status, body, headers };
  seen.length = 0;
}

describe('the front door', () => {
  it.each(['application/json', 'application/cloudevents-batch+json', 'application/x-ndjson'])(
    'hands on a body of %s byte for byte',
    async (type) => {
      answers(202, '{"ok":true}', { 'content-type': 'application/json' });
      const body = '{ "a" : 1e400,\n"a":"\u00e9" }';
      const response = await fetch(`${base}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('{"ok":true}');
      expect(seen[0]).toMatchObject({
        method: 'POST',
        url: '/v1/events',
        headers: { 'content-type': type },
      });
      expect(Buffer.from(seen[0]!.body, 'latin1').toString('utf8')).toBe(body);
    },
  );

  it('hands on a body without a type, and leaves a compressed one compressed', async () => {
    answers(202);
    const body = Buffer.from([0x1f, 0x8b, 0, 255, 0]);
    const headers = { 'content-encoding': 'gzip' };
    const response = await fetch(`${base}/v1/events`, { method: 'POST', headers, body });
    expect(response.status).toBe(202);
    expect(Buffer.from(seen[0]!.body, 'latin1')).toEqual(body);
    expect(seen[0]!.headers['content-encoding']).toBe('gzip');
  });

  it('hands on the query as it was sent', async () => {
    answers(200);
    const query = '?after=a%2Bb+c&source=https://a/?b&x&x=1';
    await fetch(`${base}/v1/customers${query}`);
    expect(seen[0]!.url).toBe(`/v1/customers${query}`);
  });

  it('hands on an encoded slash, a percent sign and a long id', async () => {
    answers(200);
    const path = `/v1/customers/a%2Fb%25${'c'.repeat(300)}`;
    await fetch(base + path, { method: 'DELETE' });
    expect(seen[0]).toMatchObject({ method: 'DELETE', url: path });
  });

  it('hands back refusals of a service unchanged', async () => {
    answers(503, '{"code":"log_unavailable"}', {
      'content-type': 'application/problem+json',
      'retry-after': '7',
    });
    const response = await fetch(`${base}/v1/customers`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toEqual({ code: 'log_unavailable' });
    expect(seen).toHaveLength(1);
  });

  it('answers 404 itself where no service does', async () => {
    const response = await fetch(`${base}/v1/nothing`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('answers 503 and when to ask again while a service is down', async () => {
    const response = await fetch(`${base}/v1/charges`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 503, code: 'unavailable' });
  });

  it('answers 503, and does not repeat the request, when a service ends in the middle of it', async () => {
    answers(202);
    const response = await fetch(`${base}/v1/events?cut`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(503);
    expect(seen).toHaveLength(1);
  });

  it('refuses a content type that is none', async () => {
    const headers = { 'content-type': 'what is this' };
    const response = await fetch(`${base}/v1/events`, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(415);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each(['/v1/customers/%', '/v1/customers/..%2Fsecret'])('refuses the path %s', async (path) => {
    const response = await fetch(base + path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: 400 });
  });
});

describe('the page of problems', () => {
  it('is where the type of a problem leads', async () => {
    const refused = await fetch(`${base}/v1/nothing`);
    const { type, code } = (await refused.json()) as { type: string; code: string };
    const page = await fetch(new URL(type, base));
    expect(page.headers.get('content-type')).toContain('text/html');
    const text = await page.text();
    expect(new URL(type, base).hash).toBe(`#${code}`);
    expect(text).toContain(`<dt id="${code}">`);
    expect(text).toContain('<code>Authorization: Bearer &lt;API key&gt;</code>');
  });
});
