import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '../telemetry/metrics-registry.js';
import type { Health, HealthReport } from './health.js';

export interface ManagementServerOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly health: Health;
}

export interface ManagementServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz`, `/readyz` and `/metrics`, on a port of their own which the front door never reaches. */
export async function startManagementServer(
  options: ManagementServerOptions,
): Promise<ManagementServer> {
  const server = createServer((request, response) => {
    void answer(options, request.url ?? '/', response).catch((error: Error) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { registry, health }: ManagementServerOptions,
  url: string,
  response: ServerResponse,
): Promise<void> {
  switch (url.split('?')[0]) {
    case '/healthz':
      return sendReport(await health.liveness(), response);
    case '/readyz':
      return sendReport(await health.readiness(), response);
    case '/metrics':
      response
        .writeHead(200, { 'content-type': registry.contentType })
        .end(await registry.metrics());
      return;
    default:
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  }
}

function sendReport(report: HealthReport, response: ServerResponse): void {
  response
    .writeHead(report.healthy ? 200 : 503, { 'content-type': 'application/json' })
    .end(JSON.stringify(report));
}
