import { Controller } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { status } from '@grpc/grpc-js';
import { Commands } from '../commands.js';
import { findKnownIds } from './customers.repository.js';

interface KnownCustomersRequest {
  readonly tenant: string;
  readonly customers: readonly string[];
}

interface KnownCustomersResponse {
  readonly known: boolean[];
}

const MOST_CUSTOMERS = 1_000;

/** Internal: the door asks which customers exist, where the tenant refuses unknown ones. */
@Controller()
export class CustomerDirectoryController {
  constructor(private readonly commands: Commands) {}

  @GrpcMethod('CustomerDirectoryService', 'KnownCustomers')
  async knownCustomers(request: KnownCustomersRequest): Promise<KnownCustomersResponse> {
    const { tenant, customers } = request;
    if (tenant === '') {
      throw new RpcException({ code: status.INVALID_ARGUMENT, message: 'tenant_missing' });
    }
    if (customers.length > MOST_CUSTOMERS) {
      throw new RpcException({ code: status.INVALID_ARGUMENT, message: 'too_many_customers' });
    }
    const ids = await this.commands.read(tenant, (tx) => findKnownIds(tx, tenant, customers));
    return { known: customers.map((id) => ids.has(id)) };
  }
}
