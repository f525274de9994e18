import { GrpcClient } from '@farthing/adapters/grpc/grpc-client';
import {
  KnownCustomersRequestSchema,
  KnownCustomersResponseSchema,
} from '@farthing/contracts/generated/farthing/catalog/v1/known_customers_pb';

const KNOWN_CUSTOMERS = {
  path: '/farthing.catalog.v1.CustomerDirectoryService/KnownCustomers',
  request: KnownCustomersRequestSchema,
  response: KnownCustomersResponseSchema,
};

/** Catalog's answer to which customers exist, over gRPC. */
export class CustomerDirectory {
  readonly #client: GrpcClient;

  /** `target` is host:port. */
  constructor(target: string) {
    this.#client = new GrpcClient(target);
  }

  /** One answer for each of at most 1,000 customers, in order. Rejects when it takes longer. */
  async known(request: {
    readonly tenant: string;
    readonly customers: readonly string[];
    readonly deadlineMs: number;
  }): Promise<readonly boolean[]> {
    const { tenant, customers, deadlineMs } = request;
    const message = { tenant, customers: [...customers] };
    const { known } = await this.#client.call(KNOWN_CUSTOMERS, message, deadlineMs);
    return known;
  }

  close(): void {
    this.#client.close();
  }
}
