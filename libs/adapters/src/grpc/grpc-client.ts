import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';

/** A unary method: its path `/package.Service/Method` and the schemas of what goes and comes. */
export interface UnaryMethod<Asked extends DescMessage, Answered extends DescMessage> {
  readonly path: string;
  readonly request: Asked;
  readonly response: Answered;
}

/** The other service may start later than we do, and grpc-js would wait up to two minutes between its attempts. */
const CHANNEL_OPTIONS = {
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** Calls of one service to another. The network between services is trusted to be private (no TLS here). */
export class GrpcClient {
  readonly #client: Client;

  /** `target` is host:port. */
  constructor(target: string) {
    this.#client = new Client(target, credentials.createInsecure(), CHANNEL_OPTIONS);
    // Connects now, so that the first call does not wait for it.
    this.#client.getChannel().getConnectivityState(true);
  }

  /** Rejects when it takes longer. */
  call<Asked extends DescMessage, Answered extends DescMessage>(
    method: UnaryMethod<Asked, Answered>,
    message: MessageInitShape<Asked>,
    deadlineMs: number,
  ): Promise<MessageShape<Answered>> {
    const { path, request, response } = method;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<MessageInitShape<Asked>, MessageShape<Answered>>(
        path,
        (outgoing) => Buffer.from(toBinary(request, create(request, outgoing))),
        (bytes) => fromBinary(response, bytes),
        message,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => {
          if (error) reject(error);
          else if (answer) resolve(answer);
          else reject(new Error(`${path} answered nothing`));
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}
