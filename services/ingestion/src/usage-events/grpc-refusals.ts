import { Metadata, status } from '@grpc/grpc-js';
import { Problem, problemFrom } from '@farthing/adapters/http/problem';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import { RpcException } from '@nestjs/microservices';
import { problemOf } from '../errors.js';
import type { IngestionMetrics } from '../metrics.js';

/** A status of gRPC by the one that HTTP has for the same; all others are INTERNAL. */
const STATUSES: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  403: status.PERMISSION_DENIED,
  413: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** How a request ends that has no results. */
export class GrpcRefusal extends RpcException {
  constructor(
    readonly code: status,
    /** The code that HTTP has for it. */
    readonly details: string,
    /** Undefined when to wait is no help. */
    readonly retryAfterSeconds: number | undefined,
  ) {
    super({ code, message: details, metadata: trailersWith(retryAfterSeconds) });
  }

  /** What ends a stream. */
  get serviceError(): object {
    const { code, details, retryAfterSeconds } = this;
    return { code, details, metadata: trailersWith(retryAfterSeconds) };
  }
}

function trailersWith(retryAfterSeconds: number | undefined): Metadata {
  const metadata = new Metadata();
  if (retryAfterSeconds !== undefined) {
    metadata.set('retry-after', String(Math.ceil(retryAfterSeconds)));
  }
  return metadata;
}

/** Counts refusals, and logs what is none but a bug. */
export class GrpcRefusals {
  constructor(
    private readonly metrics: Pick<IngestionMetrics, 'requestRefused'>,
    private readonly logger: Logger,
  ) {}

  of(error: unknown): GrpcRefusal {
    const known = problemOf(error);
    if (!(known instanceof Problem)) this.logger.error({ err: error }, 'a request failed');
    const { facts } = problemFrom(known);
    this.metrics.requestRefused(facts.code);
    const code = STATUSES[facts.status] ?? status.INTERNAL;
    return new GrpcRefusal(code, facts.code, facts.retryAfterSeconds);
  }
}
