import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import {
  IngestRequestSchema,
  IngestResponseSchema,
  IngestStreamRequestSchema,
  IngestStreamResponseSchema,
  type IngestResult,
} from '@farthing/contracts/generated/farthing/usage/v1/ingest_pb';

export type GrpcEvent = NonNullable<MessageInitShape<typeof IngestRequestSchema>['events']>[number];

const SERVICE = '/farthing.usage.v1.IngestService';
const DEADLINE_MS = 30_000;

/** The gRPC door of events as any client of it sees it. */
export class GrpcDoor {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  constructor(target: string, key: string) {
    this.#client = new Client(target, credentials.createInsecure());
    this.#metadata.set('authorization', `Bearer ${key}`);
  }

  /** One request, one answer. */
  ingest(events: GrpcEvent[]): Promise<IngestResult[]> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<GrpcEvent[], IngestResult[]>(
        `${SERVICE}/Ingest`,
        (asked) =>
          bytesOf(toBinary(IngestRequestSchema, create(IngestRequestSchema, { events: asked }))),
        (bytes) => fromBinary(IngestResponseSchema, bytes).results,
        events,
        this.#metadata,
        { deadline: Date.now() + DEADLINE_MS },
        (error, results) => (error ? reject(error) : resolve(results!)),
      );
    });
  }

  /** All of them on one stream; the results of each, in order. */
  async ingestAll(requests: readonly GrpcEvent[][]): Promise<IngestResult[][]> {
    const stream = this.#client.makeBidiStreamRequest<GrpcEvent[], IngestResult[]>(
      `${SERVICE}/IngestStream`,
      (events) =>
        bytesOf(toBinary(IngestStreamRequestSchema, create(IngestStreamRequestSchema, { events }))),
      (bytes) => fromBinary(IngestStreamResponseSchema, bytes).results,
      this.#metadata,
      { deadline: Date.now() + DEADLINE_MS },
    );
    const answers: IngestResult[][] = [];
    const ended = new Promise<void>((resolve, reject) => {
      stream.on('data', (results: IngestResult[]) => answers.push(results));
      stream.on('end', resolve);
      stream.on('error', reject);
    });
    for (const events of requests) {
      if (!stream.write(events)) await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
    await ended;
    return answers;
  }

  close(): void {
    this.#client.close();
  }
}

function bytesOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}
