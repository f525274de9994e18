import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiClient, ApiError } from '@farthing/adapters/http/api-client';
import type { EventLine } from './event-file.js';
import { sendEvents, type RejectedLine } from './send-events.js';

let server: Server | undefined;

/** A door that answers as it is told and remembers what it got. */
async function doorThat(
  answer: (lines: string[], request: number) => { status: number; body: unknown },
) {
  const requests: string[][] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const lines = body.trimEnd().split('\n');
      requests.push(lines);
      const { status, body: document } = answer(lines, requests.length);
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { requests, api: new ApiClient(`http://127.0.0.1:${port}`, 'fk_live_x') };
}

afterEach(() => new Promise((resolve) => server?.close(resolve) ?? resolve(undefined)));

const accepted = (lines: string[]) => ({
  status: 202,
  body: { results: lines.map(() => ({ outcome: 'accepted' })) },
});

async function* linesOf(subjects: readonly string[]): AsyncGenerator<EventLine> {
  for (const [i, subject] of subjects.entries()) {
    yield { number: i + 1, text: JSON.stringify({ subject, n: i + 1 }), subject };
  }
}

const subjects = Array.from({ length: 500 }, (_, i) => `customer-${i % 37}`);

async function send(api: ApiClient) {
  const rejected: RejectedLine[] = [];
  let through = 0;
  const totals = await sendEvents(api, linesOf(subjects), {
    lanes: 4,
    batch: 10,
    onRejected: (line) => rejected.push(line),
    onProgress: async (_, acknowledgedThrough) => {
      through = acknowledgedThrough;
    },
  });
  return { totals, rejected, through };
}

describe('sendEvents', () => {
  it("sends every line once and each customer's in order", async () => {
    const { api, requests } = await doorThat(accepted);
    const { totals, through } = await send(api);
    expect(totals).toEqual({ sent: 500, accepted: 500, rejected: 0 });
    expect(through).toBe(500);
    const sent = requests.flat().map((line) => JSON.parse(line) as { subject: string; n: number });
    expect(sent.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(subjects.map((_, i) => i + 1));
    const last = new Map<string, number>();
    for (const { subject, n } of sent) {
      expect(n).toBeGreaterThan(last.get(subject) ?? 0);
      last.set(subject, n);
    }
  });

  it('sends a request again that was answered with 503', async () => {
    const { api, requests } = await doorThat((lines, request) =>
      request === 2 ? { status: 503, body: { code: 'unavailable' } } : accepted(lines),
    );
    const { totals } = await send(api);
    expect(totals.accepted).toBe(500);
    const repeated = requests.filter((lines) => lines.join() === requests[1]!.join());
    expect(repeated).toHaveLength(2);
  });

  it('names the line and the reason of what was rejected', async () => {
    const { api } = await doorThat((lines) => ({
      status: 202,
      body: {
        results: lines.map((line) =>
          line.includes('"n":77}')
            ? { outcome: 'rejected', code: 'unknown_type', detail: 'no meter', pointer: '/type' }
            : { outcome: 'accepted' },
        ),
      },
    }));
    const { totals, rejected } = await send(api);
    expect(totals).toEqual({ sent: 500, accepted: 499, rejected: 1 });
    expect(rejected).toEqual([
      { line: 77, code: 'unknown_type', detail: 'no meter', pointer: '/type' },
    ]);
  });

  it('stops at a refusal of the whole request', async () => {
    const { api } = await doorThat(() => ({
      status: 401,
      body: { code: 'api_key_unknown', detail: 'the API key is not known' },
    }));
    await expect(send(api)).rejects.toThrow(ApiError);
  });
});
