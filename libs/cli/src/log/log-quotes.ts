import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { eventAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import type { Price } from '@farthing/domain/pricing/price';
import type { Quote, QuotedCharge } from '@farthing/domain/quote/quote';
import { quoteRefusal } from '@farthing/domain/quote/quote-refusal';
import { isSignedBy, publicKeyOf, readQuoteToken } from '@farthing/domain/quote/quote-token';

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

/**
 * What a quoted charge may move, the first that takes the event: the version in force where it prices the same, else the
 * quoted one. Empty when the event belongs to another cell than the quoted one.
 */
export function quotedCells<Cell extends { readonly cell: string }>(
  { meter, version, cell }: QuotedCharge,
  versions: readonly Price[],
  use: {
    readonly occurredAt: number;
    readonly currency: string;
    readonly cellOf: (price: Price) => Cell | undefined;
  },
): Cell[] {
  const quoted = versions.find((price) => price.version === version);
  const now = priceInForce(versions, use.occurredAt);
  const isSame =
    now?.meterKey === meter && now.currency === use.currency && now.model.kind !== 'unlock';
  const byNow = isSame ? use.cellOf(now) : undefined;
  const byQuoted = quoted && use.cellOf(quoted);
  if ((quoted ? byQuoted : byNow)?.cell !== cell) return [];
  return [byNow, byQuoted].filter((one) => one !== undefined);
}
