import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  KnownCustomersRequestSchema,
  KnownCustomersResponseSchema,
  type KnownCustomersRequest,
  type KnownCustomersResponse,
} from '@farthing/contracts/generated/farthing/catalog/v1/known_customers_pb';
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CustomerDirectory } from './customer-directory.client.js';

type Handler = handleUnaryCall<KnownCustomersRequest, KnownCustomersResponse>;

const server = new Server();
let directory: CustomerDirectory;

/** Knows who begins with an a, of acme; never answers for a tenant called slow. */
const knownCustomers: Handler = ({ request }, answer) => {
  if (request.tenant === 'slow') return;
  const known = request.customers.map(
    (customer) => request.tenant === 'acme' && customer.startsWith('a'),
  );
  answer(null, create(KnownCustomersResponseSchema, { known }));
};

beforeAll(async () => {
  const definition = {
    KnownCustomers: {
      path: '/farthing.catalog.v1.CustomerDirectoryService/KnownCustomers',
      requestStream: false,
      responseStream: false,
      requestSerialize: (message: KnownCustomersRequest) =>
        Buffer.from(toBinary(KnownCustomersRequestSchema, message)),
      requestDeserialize: (bytes: Buffer) => fromBinary(KnownCustomersRequestSchema, bytes),
      responseSerialize: (message: KnownCustomersResponse) =>
        Buffer.from(toBinary(KnownCustomersResponseSchema, message)),
      responseDeserialize: (bytes: Buffer) => fromBinary(KnownCustomersResponseSchema, bytes),
    },
  };
  server.addService(definition, { KnownCustomers: knownCustomers });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  directory = new CustomerDirectory(`127.0.0.1:${port}`);
});

afterAll(() => {
  directory?.close();
  server.forceShutdown();
});

describe('CustomerDirectory', () => {
  it('answers in the order of the question', async () => {
    const question = { customers: ['ann', 'bob', 'al'], deadlineMs: 2_000 };
    expect(await directory.known({ tenant: 'acme', ...question })).toEqual([true, false, true]);
    expect(await directory.known({ tenant: 'other', ...question })).toEqual([false, false, false]);
  });

  it('gives up at its deadline', async () => {
    const question = { tenant: 'slow', customers: ['ann'], deadlineMs: 50 };
    await expect(directory.known(question)).rejects.toThrow('DEADLINE_EXCEEDED');
  });

  it('says at once that nobody listens', async () => {
    const nowhere = new CustomerDirectory('127.0.0.1:1');
    const question = { tenant: 'acme', customers: ['ann'], deadlineMs: 2_000 };
    await expect(nowhere.known(question)).rejects.toThrow('UNAVAILABLE');
    nowhere.close();
  });
});
