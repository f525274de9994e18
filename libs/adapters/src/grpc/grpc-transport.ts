import { fileURLToPath } from 'node:url';
import { Transport, type GrpcOptions } from '@nestjs/microservices';

/** From this folder of `src` and of `dist` alike. */
const PROTO_ROOT = fileURLToPath(new URL('../../../../proto', import.meta.url));

export interface GrpcPlace {
  readonly host: string;
  readonly port: number;
  /** Of the services, as their files declare it. */
  readonly package: string;
  /** Below `proto/`. */
  readonly files: readonly string[];
}

/** The services of some proto files. 64-bit integers are decimal strings in handlers, enums their names. */
export function grpcTransport({ host, port, package: name, files }: GrpcPlace): GrpcOptions {
  return {
    transport: Transport.GRPC,
    options: {
      url: `${host}:${port}`,
      package: name,
      protoPath: [...files],
      loader: {
        includeDirs: [PROTO_ROOT],
        defaults: true,
        arrays: true,
        oneofs: true,
        longs: String,
        enums: String,
      },
    },
  };
}
