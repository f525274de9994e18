import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** A refusal of the API, from its problem+json. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: ReadonlyArray<{ code: string; detail: string; pointer?: string | undefined }>,
  ) {
    super(detail);
  }
}

const problemSchema = z.object({
  code: z.string(),
  detail: z.string().default(''),
  errors: z
    .array(z.object({ code: z.string(), detail: z.string(), pointer: z.string().optional() }))
    .default([]),
});

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** How long 503, 429 and a lost connection are tried again; 30 s unless said. */
  readonly patienceMs?: number;
}

const RETRIED = new Set([429, 502, 503, 504]);
const PAUSE_MS = 500;

/**
 * The public HTTP API behind one base URL. What the server says is only passing (429, 502 to 504) and lost
 * connections are tried again; everything that is sent this way can be sent twice.
 */
export class ApiClient {
  constructor(
    private readonly baseUrl: string,
    private readonly key: string,
  ) {}

  async json<T>(path: string, schema: z.ZodType<T>, request: ApiRequest = {}): Promise<T> {
    return schema.parse(await (await this.fetch(path, request)).json());
  }

  async text(path: string): Promise<string> {
    return (await this.fetch(path)).text();
  }

  /** Every item of a list, page after page. */
  async *pages<T>(path: string, item: z.ZodType<T>): AsyncGenerator<T> {
    const page = z.object({ items: z.array(item), next: z.string().optional() });
    let after: string | undefined;
    do {
      const joint = path.includes('?') ? '&' : '?';
      const query = after === undefined ? '' : `${joint}after=${encodeURIComponent(after)}`;
      const { items, next } = await this.json(`${path}${query}`, page);
      yield* items;
      after = next;
    } while (after !== undefined);
  }

  /** Throws `ApiError` when the answer is not 2xx. */
  async fetch(path: string, request: ApiRequest = {}): Promise<Response> {
    const deadline = Date.now() + (request.patienceMs ?? 30_000);
    for (;;) {
      const answer = await this.#attempt(path, request).catch((error: unknown) => error as Error);
      const passing = answer instanceof Error || RETRIED.has(answer.status);
      if (!passing || Date.now() > deadline) return this.#accept(answer);
      const wait = answer instanceof Error ? PAUSE_MS : pauseOf(answer);
      await sleep(wait);
    }
  }

  async #attempt(path: string, request: ApiRequest): Promise<Response> {
    return fetch(new URL(path, this.baseUrl), {
      method: request.method ?? 'GET',
      headers: { authorization: `Bearer ${this.key}`, ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  }

  async #accept(answer: Response | Error): Promise<Response> {
    if (answer instanceof Error) throw answer;
    if (answer.ok) return answer;
    const body: unknown = await answer.json().catch(() => undefined);
    const problem = problemSchema.safeParse(body);
    if (!problem.success) {
      throw new ApiError(
        answer.status,
        `http_${answer.status}`,
        'the answer is no problem document',
        [],
      );
    }
    const { code, detail, errors } = problem.data;
    throw new ApiError(answer.status, code, detail, errors);
  }
}

function pauseOf(answer: Response): number {
  const seconds = Number(answer.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 5) * 1_000 : PAUSE_MS;
}
