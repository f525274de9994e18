/** An answer of a door, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON; undefined for anything else. */
  readonly body: unknown;
}

export interface EventResult {
  readonly id?: string;
  readonly outcome: 'accepted' | 'rejected';
  readonly code?: string;
  readonly pointer?: string;
}

export type Body = string | Uint8Array;

export const BATCH_TYPE = 'application/cloudevents-batch+json';
export const LINES_TYPE = 'application/x-ndjson';
export const STRUCTURED_TYPE = 'application/cloudevents+json';

/** The public HTTP API as any client of it sees it: nothing of ours is between. */
export class Door {
  constructor(
    readonly baseUrl: string,
    readonly key: string | undefined,
  ) {}

  async ask(method: string, path: string, document?: unknown): Promise<Answer> {
    const body = document === undefined ? undefined : JSON.stringify(document);
    return this.request(method, path, { body, headers: { 'content-type': 'application/json' } });
  }

  async request(
    method: string,
    path: string,
    { body, headers }: { body?: Body | undefined; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const answer = await fetch(new URL(path, this.baseUrl), {
      method,
      headers: {
        ...(this.key !== undefined && { authorization: `Bearer ${this.key}` }),
        ...(body !== undefined && headers),
      },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: parsed(text) };
  }

  /** Throws when the answer is not 2xx: for what a test needs and does not test. */
  async must(method: string, path: string, document?: unknown): Promise<unknown> {
    const answer = await this.ask(method, path, document);
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    }
    return answer.body;
  }

  /** Every item of a list, page after page. */
  async list<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let after: string | undefined;
    do {
      const joint = path.includes('?') ? '&' : '?';
      const query = after === undefined ? '' : `${joint}after=${encodeURIComponent(after)}`;
      const page = (await this.must('GET', `${path}${query}`)) as { items: Item[]; next?: string };
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return items;
  }

  async sendEvents(body: Body, contentType: string): Promise<EventResult[]> {
    const answer = await this.request('POST', '/v1/events', {
      body,
      headers: { 'content-type': contentType },
    });
    if (answer.status !== 202) throw new Error(`/v1/events ${answer.status}: ${answer.text}`);
    return (answer.body as { results: EventResult[] }).results;
  }

  sendBatch(events: readonly unknown[]): Promise<EventResult[]> {
    return this.sendEvents(JSON.stringify(events), BATCH_TYPE);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
