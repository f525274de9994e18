import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import { problemDocument, problemFrom } from './problem.js';

/** The one place where an error becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(
      error,
      http.getRequest<FastifyRequest>(),
      http.getResponse<FastifyReply>(),
      this.logger,
    );
  }
}

/** For routes outside Nest, such as a raw Fastify one. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): void {
  const problem = problemFrom(error);
  const { status, retryAfterSeconds } = problem.facts;
  if (status >= 500)
    logger.error({ err: error, requestId: request.id, url: request.url }, 'a request failed');
  if (retryAfterSeconds !== undefined)
    void reply.header('retry-after', Math.ceil(retryAfterSeconds));
  void reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemDocument(problem, request.id)));
}
