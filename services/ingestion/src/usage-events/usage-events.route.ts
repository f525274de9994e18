import { problemFrom } from '@farthing/adapters/http/problem';
import { sendProblem } from '@farthing/adapters/http/problem-filter';
import type { Logger } from '@farthing/adapters/telemetry/logger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from '../errors.js';
import type { IngestionMetrics } from '../metrics.js';
import { dropRestOfBody } from './request-body.js';
import type { UsageEventsDoor } from './usage-events.door.js';

export interface UsageEventsRouteOptions {
  readonly door: Pick<UsageEventsDoor, 'answer'>;
  readonly metrics: Pick<IngestionMetrics, 'requestRefused'>;
  readonly logger: Logger;
}

/** The hot route, on Fastify itself: nothing of Nest, and no parser before the rate limit, stands in its way. */
export function registerUsageEventsRoute(
  fastify: FastifyInstance,
  { door, metrics, logger }: UsageEventsRouteOptions,
): void {
  const refuse = async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemFrom(problemOf(error));
    metrics.requestRefused(problem.facts.code);
    // The rest of a body that was not read would stand before the next request.
    if (!(await dropRestOfBody(request.raw))) void reply.header('connection', 'close');
    sendProblem(problem, request, reply, logger);
    return reply;
  };
  void fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    scope.setErrorHandler(refuse);
    scope.post('/v1/events', async (request, reply) => {
      try {
        const { status, json } = await door.answer(request);
        void reply.code(status).header('content-type', 'application/json; charset=utf-8');
        return await reply.send(json);
      } catch (error) {
        return refuse(error, request, reply);
      }
    });
    done();
  });
}
