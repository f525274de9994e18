import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import type { Metadata, ServerDuplexStream } from '@grpc/grpc-js';
import { authorizationOf } from '@farthing/adapters/grpc/grpc-caller';
import { EVENT_REJECTIONS } from '../errors.js';
import type { AdmittedEvent } from './admit-usage-events.js';
import type { EventMessage } from './event-message.js';
import { GrpcRefusals } from './grpc-refusals.js';
import { IngestDoor } from './ingest-door.js';
import { answerInTurn } from './answer-in-turn.js';

/** `IngestRequest` and `IngestStreamRequest`. */
interface EventsMessage {
  readonly events: readonly EventMessage[];
}

/** `IngestResponse` and `IngestStreamResponse`. */
interface ResultsMessage {
  readonly results: readonly object[];
}

@Controller()
export class IngestGrpcController {
  constructor(
    @Inject(IngestDoor) private readonly door: IngestDoor,
    @Inject(GrpcRefusals) private readonly refusals: GrpcRefusals,
  ) {}

  @GrpcMethod('IngestService', 'Ingest')
  async ingest({ events }: EventsMessage, metadata: Metadata): Promise<ResultsMessage> {
    try {
      return resultsFrom(await this.door.answer(authorizationOf(metadata), events));
    } catch (error) {
      throw this.refusals.of(error);
    }
  }

  @GrpcStreamCall('IngestService', 'IngestStream')
  ingestStream(call: ServerDuplexStream<EventsMessage, ResultsMessage>): Promise<void> {
    const authorization = authorizationOf(call.metadata);
    return answerInTurn(call, {
      // The key is looked up for each request: one that was revoked meanwhile sends nothing more.
      answer: async ({ events }) => resultsFrom(await this.door.answer(authorization, events)),
      refusalOf: (error) => this.refusals.of(error),
    });
  }
}

function resultsFrom(events: readonly AdmittedEvent[]): ResultsMessage {
  return {
    results: events.map((one) => {
      if (one.outcome === 'accepted') return { id: one.event.id };
      const { code, pointer } = one.rejection;
      return { id: one.label.id, rejection: { code, detail: EVENT_REJECTIONS[code], pointer } };
    }),
  };
}
