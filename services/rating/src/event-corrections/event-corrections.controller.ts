import { Body, Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { EVENT_BYTES_MAX } from '@farthing/contracts/topics/log-generation';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Commands } from '../commands.js';
import { notMeteredProblem, refusalProblem } from '../errors.js';
import { idText, instant, reasonText } from '../query-fields.js';
import { Reads } from '../reads.js';
import {
  requestCorrect,
  requestVoid,
  type NamedEvent,
  type RequestCorrectionOutcome,
} from './request-event-correction.js';

const voidBody = z.strictObject({ source: idText, id: idText, reason: reasonText });

const correctBody = voidBody.extend({
  data: z
    .record(z.string(), z.unknown())
    .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= EVENT_BYTES_MAX, {
      message: 'must have at most 64 KiB',
      params: { code: 'event_too_large' },
    }),
  time: instant.optional(),
});

interface Answer {
  readonly source: string;
  readonly id: string;
  readonly correction: {
    readonly status: 'void_requested' | 'correction_requested';
    readonly reason: string;
  };
}

/** Bills change: the scope is that of whoever makes them. A source and an id are no path segments. */
@Controller('v1/event-fates')
@RequiresScope('billing:write')
export class EventCorrectionsController {
  readonly #meters: MeterBook;

  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Reads) reads: Reads,
  ) {
    this.#meters = new MeterBook(reads.view);
  }

  @Post('void')
  void(
    @CallerTenant() tenant: string,
    @Body({ schema: voidBody }) body: z.output<typeof voidBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer> {
    return this.commands.run({ request, reply }, tenant, async (tx) => {
      const asked = await requestVoid(tx, { tenant, ...body });
      this.commands.sendAfterCommit(tx, messageOf(asked));
      return taken(body, 'void_requested');
    });
  }

  @Post('correct')
  correct(
    @CallerTenant() tenant: string,
    @Body({ schema: correctBody }) body: z.output<typeof correctBody>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer> {
    const { source, id, reason, data, time } = body;
    return this.commands.run({ request, reply }, tenant, async (tx) => {
      const replacement = { data, ...(time !== undefined && { time }) };
      const asked = await requestCorrect(tx, this.#meters, {
        tenant,
        source,
        id,
        reason,
        replacement,
      });
      this.commands.sendAfterCommit(tx, messageOf(asked));
      return taken(body, 'correction_requested');
    });
  }
}

function messageOf(asked: RequestCorrectionOutcome) {
  if (asked.outcome === 'refused') throw refusalProblem(asked.reason);
  if (asked.outcome === 'not_metered') throw notMeteredProblem(asked.fault);
  return asked.message;
}

function taken(
  { source, id, reason }: Omit<NamedEvent, 'tenant'>,
  status: Answer['correction']['status'],
): { readonly location: string; readonly body: Answer } {
  const query = new URLSearchParams({ source, id });
  return {
    location: `/v1/event-fates?${query.toString()}`,
    body: { source, id, correction: { status, reason } },
  };
}
