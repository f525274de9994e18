import { STATUS_CODES } from 'node:http';
import httpProxy from '@fastify/http-proxy';
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type RawServerBase,
  type RouteGenericInterface,
} from 'fastify';
import type { Upstreams } from './front-door-environment.js';
import { problemsPage } from './problems-page.js';
import { serviceFor } from './route-table.js';

const retryAfterSeconds = 1;

/** Longer than any service's own deadline, so that the service's answer wins. */
const answerTimeoutMs = 120_000;

const codes: Readonly<Record<number, string>> = { 415: 'unsupported_media_type' };

/**
 * One base URL for all services: hands each request on by its path, bodies and queries untouched.
 */
export function frontDoor(upstreams: Upstreams): FastifyInstance {
  const door = fastify({
    logger: false,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply) => {
      problem(reply, 400, { code: 'bad_request', detail: 'The URL cannot be read.' });
    },
  });
  door.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) unavailable(reply);
    else
      problem(reply, status, {
        code: codes[status] ?? 'bad_request',
        detail: 'The request cannot be read.',
      });
  });
  door.get('/healthz', (_request, reply) => reply.send({ status: 'ok' }));
  const problems = problemsPage();
  door.get('/docs/problems', (_request, reply) => reply.type('text/html').send(problems));
  door.register(httpProxy, {
    upstream: '',
    disableRequestLogging: true,
    // A request that a service may have begun is the client's to repeat: it knows its
    // Idempotency-Key.
    retryMethods: [],
    undici: {
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      headersTimeout: answerTimeoutMs,
    },
    preHandler: (request, reply, next) => {
      if (serviceFor(request.url)) next();
      else problem(reply, 404, { code: 'not_found', detail: 'No service answers at this path.' });
    },
    replyOptions: {
      getUpstream: (request) => upstreamOf(upstreams, request.url ?? ''),
      onError: (reply, { error }) => {
        // What the client still sends would stand before its next request.
        reply.request.raw.resume();
        if ('statusCode' in error && error.statusCode === 504) {
          problem(reply, 504, {
            code: 'deadline_exceeded',
            detail: 'The service did not answer in time.',
          });
        } else {
          unavailable(reply);
        }
      },
    },
  });
  return door;
}

function upstreamOf(upstreams: Upstreams, target: string): string {
  const service = serviceFor(target);
  if (!service) throw new Error(`${target} was let through and leads nowhere`);
  return upstreams[service];
}

type Reply = FastifyReply<RouteGenericInterface, RawServerBase>;
type Problem = { readonly code: string; readonly detail: string };

/** RFC 9457, in the shape that the services answer in. */
function problem(reply: Reply, status: number, { code, detail }: Problem): void {
  const document = {
    type: `/docs/problems#${code}`,
    title: STATUS_CODES[status],
    status,
    code,
    detail,
  };
  void reply
    .code(status)
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(document)));
}

function unavailable(reply: Reply): void {
  void reply.header('retry-after', String(retryAfterSeconds));
  problem(reply, 503, { code: 'unavailable', detail: 'The service does not answer. Try again.' });
}
