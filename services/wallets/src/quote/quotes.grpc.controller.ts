import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod, RpcException } from '@nestjs/microservices';
import { status, type Metadata } from '@grpc/grpc-js';
import { grpcCallerTenant } from '@farthing/adapters/grpc/grpc-caller';
import type { KeyLookup } from '@farthing/adapters/http/bearer-auth';
import { formatMicros } from '@farthing/domain/period/micros';
import { formatNanos } from '@farthing/domain/money/nanos';
import { Commands } from '../commands.js';
import { partToText } from './quote-json.js';
import { QUOTE_REFUSALS } from './quote-refusals.js';
import { quoteBody, type QuoteBody } from './quote.schema.js';
import { Quotes, type GivenQuote, type QuoteOutcome } from './quotes.js';

/** As the transport hands it over: 64-bit integers are decimal strings. */
interface QuoteRequest {
  readonly customer: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly atMicros?: string;
}

export const KEY_LOOKUP = Symbol('how API keys are looked up');

/** The same as `POST /v1/quotes`, for who speaks gRPC. */
@Controller()
export class QuotesGrpcController {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(Quotes) private readonly quotes: Quotes,
    @Inject(KEY_LOOKUP) private readonly lookup: KeyLookup,
  ) {}

  @GrpcMethod('QuoteService', 'Quote')
  async quote(request: QuoteRequest, metadata: Metadata): Promise<object> {
    const tenant = grpcCallerTenant(metadata, this.lookup, 'quotes:write');
    const { customer, type, properties, at } = bodyFrom(request);
    const metered = await this.quotes.meter({ tenant, customer, type, properties, at });
    const outcome: QuoteOutcome =
      metered.outcome === 'refused'
        ? metered
        : await this.commands.read(tenant, (tx) => this.quotes.price(tx, metered));
    if (outcome.outcome === 'quoted') {
      this.commands.metrics.quoted('quoted');
      return { quote: quoteToMessage(outcome.given) };
    }
    const { reason: code, pointer } = outcome;
    this.commands.metrics.quoted(code);
    return { refusal: { code, detail: QUOTE_REFUSALS[code].detail, pointer } };
  }
}

function bodyFrom({ customer, type, data, atMicros }: QuoteRequest): QuoteBody {
  const body = {
    customer,
    type,
    ...(data.length > 0 && { properties: jsonFrom(data) }),
    ...(atMicros !== undefined && { at: formatMicros(Number(atMicros)) }),
  };
  const parsed = quoteBody.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${issue!.path.join('.')}: ${issue!.message}`);
}

function jsonFrom(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    throw invalid('data: not JSON in UTF-8');
  }
}

function invalid(message: string): RpcException {
  return new RpcException({ code: status.INVALID_ARGUMENT, message });
}

function quoteToMessage({ quote, amount, parts, catalogVersion, token }: GivenQuote) {
  const { id, customer, type, currency, expiresAt } = quote;
  return {
    id,
    customer,
    type,
    currency,
    amount: formatNanos(amount),
    parts: parts.map(partToText),
    catalogVersion: String(catalogVersion),
    expiresAtMicros: String(expiresAt),
    quoteToken: token,
  };
}
