import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { ExtractedProperty } from '@farthing/contracts/wire/envelope-builder';
import { eventAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { Aggregation, Meter } from '@farthing/domain/metering/meter';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import type { Price } from '@farthing/domain/pricing/price';
import type { Quote, QuotedCharge } from '@farthing/domain/quote/quote';
import { quoteRefusal } from '@farthing/domain/quote/quote-refusal';
import { isSignedBy, publicKeyOf, readQuoteToken } from '@farthing/domain/quote/quote-token';
import { creatorsOf } from '@farthing/domain/rating/split-charge';
import { dimensionsOf, type DimensionOf, type PricedCell } from './log-cells.js';
import type { ChargedPlace, PricedCharge } from './logged-events.js';

/** The quotes that bind one tenant's events, judged from the log alone. */
export class LogQuotes {
  readonly #used = new Set<string>();

  constructor(private readonly catalog: CatalogView) {}

  /** The quote that an event is to be charged by; undefined when it carries none. A token that binds nothing rejects it. */
  of(envelope: EnvelopeColumns, index: number, occurredAt: number): Quote | 'refused' | undefined {
    if (envelope.strings[envelope.quoteTokens[index]!] === '') return undefined;
    const event = eventAt(envelope, index);
    const read = readQuoteToken(event.quoteToken);
    if (read.outcome === 'refused') return 'refused';
    const { token } = read;
    const { quote } = token;
    const key = this.catalog.signingKeyAt(token.keyId, envelope.catalogVersion);
    if (!key || !isSignedBy(token, publicKeyOf(key.publicKey))) return 'refused';
    const refusal = quoteRefusal(quote, { ...event, occurredAt }, key);
    return refusal !== undefined || this.#used.has(quote.id) ? 'refused' : quote;
  }

  /** Another event that names it is refused from now on. */
  use({ id }: Quote): void {
    this.#used.add(id);
  }
}

/** How the log is priced otherwise. */
export interface QuotePricing {
  meterOf(meter: string): Meter;
  /** Of a price key, all that the event's catalog version knows. */
  versionsOf(price: string): readonly Price[];
  pricedBy(price: Price, dimensionOf: DimensionOf): PricedCell | undefined;
  /** Undefined when the price does not take the reading. */
  rate(
    priced: PricedCell,
    reading: { readonly aggregation: Aggregation; readonly quantity: bigint },
  ): (ChargedPlace & Pick<PricedCharge, 'rated'>) | undefined;
}

/** What the charges of a quote move, each at its quoted amount. Undefined when the event is not what was quoted. */
export function quotedCharges(
  { charges, readings, currency }: Quote,
  event: { readonly occurredAt: number; readonly properties: readonly ExtractedProperty[] },
  pricing: QuotePricing,
): PricedCharge[] | undefined {
  const { occurredAt } = event;
  const properties = new Map(event.properties.map(({ pointer, value }) => [pointer, value]));
  const due: PricedCharge[] = [];
  for (const charge of charges) {
    const meter = pricing.meterOf(charge.meter);
    const dimensionOf = dimensionsOf(meter, event.properties);
    const { aggregation } = meter;
    const { quantity = 0n } = readings.find((reading) => reading.meter === charge.meter) ?? {};
    const [rated] = quotedCells(charge, pricing.versionsOf(charge.price), {
      occurredAt,
      currency,
      cellOf: (price) => pricing.pricedBy(price, dimensionOf),
    }).flatMap((priced) => pricing.rate(priced, { aggregation, quantity }) ?? []);
    if (!rated) return undefined;
    const { split } = rated.priced.compiled.price;
    due.push({
      ...rated,
      unlocked: undefined,
      // No meter that remembers is quoted.
      remembered: { quantity, take: () => undefined },
      aggregation,
      quantity,
      creators: creatorsOf(split, (pointer) => properties.get(pointer)),
      quoted: charge.amount,
    });
  }
  return due;
}

/**
 * What a quoted charge may move, the first that takes the event: the version in force where it prices the same, else the
 * quoted one. Empty when the event belongs to another cell than the quoted one.
 */
function quotedCells(
  { meter, version, cell }: QuotedCharge,
  versions: readonly Price[],
  use: {
    readonly occurredAt: number;
    readonly currency: string;
    readonly cellOf: (price: Price) => PricedCell | undefined;
  },
): PricedCell[] {
  const quoted = versions.find((price) => price.version === version);
  const now = priceInForce(versions, use.occurredAt);
  const isSame =
    now?.meterKey === meter && now.currency === use.currency && now.model.kind !== 'unlock';
  const byNow = isSame ? use.cellOf(now) : undefined;
  const byQuoted = quoted && use.cellOf(quoted);
  if ((quoted ? byQuoted : byNow)?.cell !== cell) return [];
  return [byNow, byQuoted].filter((one) => one !== undefined);
}
