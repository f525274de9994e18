import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { CallerTenant, RequiresScope } from '@farthing/adapters/http/bearer-auth';
import { Problem } from '@farthing/adapters/http/problem';
import type { FastifyRequest } from 'fastify';
import { Commands } from '../commands.js';
import { quoteToJson } from './quote-json.js';
import { QUOTE_REFUSALS } from './quote-refusals.js';
import { quoteBody, type QuoteBody } from './quote.schema.js';
import { Quotes, type RefusedQuote } from './quotes.js';

@Controller('v1/quotes')
export class QuotesController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Quotes) private readonly quotes: Quotes,
  ) {}

  @Post()
  @HttpCode(200)
  @RequiresScope('quotes:write')
  async quote(
    @CallerTenant() tenant: string,
    @Body({ schema: quoteBody }) body: QuoteBody,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    const { customer, type, properties, at } = body;
    const metered = await this.quotes.meter({ tenant, customer, type, properties, at });
    if (metered.outcome === 'refused') throw this.#problemOf(metered);
    const answer = await this.commands.answerOnce({ tenant, request }, async (tx) => {
      const outcome = await this.quotes.price(tx, metered);
      if (outcome.outcome === 'refused') throw this.#problemOf(outcome);
      return { status: 200, body: quoteToJson(outcome.given) };
    });
    this.commands.metrics.quoted('quoted');
    return answer.body;
  }

  /** The event's `data` is the request's `properties`. */
  #problemOf({ reason, pointer }: RefusedQuote): Problem {
    this.commands.metrics.quoted(reason);
    const { status, detail } = QUOTE_REFUSALS[reason];
    const place = pointer.replace(/^\/data/, '/properties');
    return new Problem({
      status,
      code: reason,
      detail,
      ...(status === 503 && { retryAfterSeconds: 1 }),
      ...(pointer !== '' && { errors: [{ code: reason, detail, pointer: place }] }),
    });
  }
}
