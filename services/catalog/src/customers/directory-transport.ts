import { fileURLToPath } from 'node:url';
import { Transport, type GrpcOptions } from '@nestjs/microservices';

/** From this folder of `src` and of `dist` alike. */
const PROTO_ROOT = fileURLToPath(new URL('../../../../proto', import.meta.url));

/** `CustomerDirectoryService` on loopback, as `proto/` declares it. */
export function directoryTransport(host: string, port: number): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      url: `${host}:${port}`,
      package: 'farthing.catalog.v1',
      protoPath: 'farthing/catalog/v1/known_customers.proto',
      loader: { includeDirs: [PROTO_ROOT], defaults: true, arrays: true },
    },
  };
}
