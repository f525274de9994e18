import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { DeadlineExceeded, Overloaded } from '../kafka/kafka-errors.js';
import { failureClassOf } from '../postgres/failure-class.js';

export interface ProblemError {
  readonly code: string;
  readonly detail: string;
  /** JSON pointer (RFC 6901) into the body, or `/<name>` of a parameter. */
  readonly pointer?: string;
}

export interface ProblemFacts {
  readonly status: number;
  /** A snake_case clause that never changes: what programs compare. */
  readonly code: string;
  /** What a person reads. Never holds a secret. */
  readonly detail?: string;
  readonly errors?: readonly ProblemError[];
  /** Sent as `Retry-After`, rounded up to whole seconds. */
  readonly retryAfterSeconds?: number;
}

/** Throw it anywhere below a controller: the answer is `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(readonly facts: ProblemFacts) {
    super(facts.detail ?? facts.code);
  }
}

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'too_many_requests',
};

/** Every error as a problem. What nobody foresaw becomes a 500 that says nothing of its cause. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DeadlineExceeded) {
    return new Problem({
      status: 503,
      code: 'deadline_exceeded',
      detail: error.message,
      retryAfterSeconds: 1,
    });
  }
  if (error instanceof Overloaded) {
    return new Problem({
      status: 503,
      code: 'overloaded',
      detail: error.message,
      retryAfterSeconds: 1,
    });
  }
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status !== undefined && status < 500) {
    const code = CODES[status] ?? 'bad_request';
    return new Problem({ status, code, detail: (error as Error).message });
  }
  if (failureClassOf(error) === 'transient') {
    return new Problem({
      status: 503,
      code: 'unavailable',
      detail: 'A server behind this one does not answer. Try again.',
      retryAfterSeconds: 1,
    });
  }
  return new Problem({
    status: 500,
    code: 'internal',
    detail: 'An unexpected error. It was logged.',
  });
}

/** The document as it is sent. `type` is a page of the documentation, relative to the front door. */
export function problemDocument({ facts }: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `/docs/problems#${facts.code}`,
    title: STATUS_CODES[facts.status] ?? 'Error',
    status: facts.status,
    code: facts.code,
    detail: facts.detail,
    errors: facts.errors,
    requestId,
  };
}

/** Errors of Fastify itself, such as a body over the limit, carry their status as a property. */
function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 ? status : undefined;
}
