import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  KnownCustomersRequestSchema,
  KnownCustomersResponseSchema,
  type KnownCustomersRequest,
  type KnownCustomersResponse,
} from '@farthing/contracts/generated/farthing/catalog/v1/known_customers_pb';
import { Client, credentials } from '@grpc/grpc-js';

const METHOD = '/farthing.catalog.v1.CustomerDirectoryService/KnownCustomers';

/** Catalog may start later than we do, and grpc-js would wait up to two minutes between its attempts to connect. */
const CHANNEL_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** Catalog's answer to which customers exist, over gRPC. */
export class CustomerDirectory {
  readonly #client: Client;

  /** `target` is host:port. The network between services is trusted to be private (no TLS here). */
  constructor(target: string) {
    this.#client = new Client(target, credentials.createInsecure(), CHANNEL_OPTIONS);
    // Connects now, so that the first event does not wait for it.
    this.#client.getChannel().getConnectivityState(true);
  }

  /** One answer for each of at most 1,000 customers, in order. Rejects when it takes longer. */
  known(request: {
    readonly tenant: string;
    readonly customers: readonly string[];
    readonly deadlineMs: number;
  }): Promise<readonly boolean[]> {
    const message = create(KnownCustomersRequestSchema, {
      tenant: request.tenant,
      customers: [...request.customers],
    });
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<KnownCustomersRequest, KnownCustomersResponse>(
        METHOD,
        (outgoing) => Buffer.from(toBinary(KnownCustomersRequestSchema, outgoing)),
        (bytes) => fromBinary(KnownCustomersResponseSchema, bytes),
        message,
        { deadline: Date.now() + request.deadlineMs },
        (error, response) => {
          if (error) reject(error);
          else resolve(response?.known ?? []);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
