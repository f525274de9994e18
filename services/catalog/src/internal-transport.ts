import type { GrpcOptions } from '@nestjs/microservices';
import { grpcTransport } from '@farthing/adapters/grpc/grpc-transport';

/** What other services ask of catalog, on loopback. Never behind the front door. */
export function internalTransport(host: string, port: number): GrpcOptions {
  return grpcTransport({
    host,
    port,
    package: 'farthing.catalog.v1',
    files: ['farthing/catalog/v1/known_customers.proto', 'farthing/catalog/v1/signing_keys.proto'],
  });
}
