import { ApiClient } from '@farthing/adapters/http/api-client';

/** Where the demo finds a running stack. */
export interface DemoStack {
  readonly baseUrl: string;
  readonly operatorKey: string;
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** Where the demo keeps its tenants' API keys and event files. */
  readonly folder: string;
}

/** A demo tenant that exists, with a client that speaks for it. */
export interface DemoTenant {
  readonly id: string;
  readonly key: string;
  readonly api: ApiClient;
}

export function operatorClient(stack: DemoStack): ApiClient {
  return new ApiClient(stack.baseUrl, stack.operatorKey);
}
