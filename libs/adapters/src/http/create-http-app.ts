import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../telemetry/logger.js';
import { nestLogger } from './nest-logger.js';
import type { OpenApiOptions } from './openapi.js';
import { ProblemFilter, sendProblem } from './problem-filter.js';
import { createValidationPipe } from './validation-pipe.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly bodyLimitBytes?: number;
  /** Serves `/openapi.json` and `/docs`. */
  readonly openApi?: OpenApiOptions;
  /** Raw routes and content type parsers, before Nest adds its own. */
  readonly configureFastify?: (fastify: FastifyInstance) => void;
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * A Nest application on Fastify that answers every error as problem+json, carries a request id in and out and
 * validates with zod. Listen with `app.listen(port, host)`; it is not listening yet. `app.close()` stops taking
 * connections, answers what is in hand, and then closes the microservices.
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  const { logger } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(error, request, reply, logger),
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  options.configureFastify?.(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(logger));
  app.useGlobalPipes(createValidationPipe());
  if (options.openApi) {
    // Swagger takes 30 MB, which a service that serves no document does not pay.
    const { serveOpenApi } = await import('./openapi.js');
    serveOpenApi(app, options.openApi);
  }
  return app;
}

/** A client's own id is kept when it is harmless to log and to send back. */
function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
