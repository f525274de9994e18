import type { CatalogFreshness } from '@farthing/adapters/catalog-feed/catalog-freshness';
import type { Clock } from '@farthing/adapters/config/clock';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Nanos } from '@farthing/domain/money/nanos';
import {
  billingPeriodAt,
  type BillingPeriod,
  type BillingSchedule,
} from '@farthing/domain/period/billing-period';
import type { Micros } from '@farthing/domain/period/micros';
import { periodBeside } from '@farthing/domain/period/period-beside';
import type { Quote } from '@farthing/domain/quote/quote';
import { writeQuoteToken, type QuoteSigner } from '@farthing/domain/quote/quote-token';
import { EMPTY_ACCUMULATOR } from '@farthing/domain/rating/accumulator';
import { explainCharge } from '@farthing/domain/rating/explain-charge';
import { PriceBook, type BookedPrice, type PricedTerms } from '@farthing/domain/rating/price-book';
import { rateUsage, type RatedUsage } from '@farthing/domain/rating/rate-usage';
import { readUsage, type ReadUsageOutcome } from '@farthing/domain/rating/read-usage';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import { v7 as uuid } from 'uuid';
import { findCustomers } from '../customer/customers.repository.js';
import { findUsage, type UsageToDate } from '../usage/usage-to-date.repository.js';
import type { QuoteRefusalCode } from './quote-refusals.js';

/** A use that may come. */
export interface AskedQuote {
  readonly tenant: string;
  readonly customer: string;
  /** That the event will have. */
  readonly type: string;
  /** What the event's data will say. */
  readonly properties: unknown;
  /** When the use will be; now when absent. */
  readonly at: Micros | undefined;
}

/** A quote with what a person wants to know of it. */
export interface GivenQuote {
  readonly quote: Quote;
  readonly amount: Nanos;
  /** In the order of `quote.charges`. */
  readonly parts: readonly QuotePart[];
  /** By which it was metered and priced. */
  readonly catalogVersion: number;
  readonly token: string;
}

export interface QuotePart {
  readonly charge: RatedUsage;
  readonly sentence: string;
}

export interface RefusedQuote {
  readonly outcome: 'refused';
  readonly reason: QuoteRefusalCode;
  /** Where in the event, as a JSON pointer from its root; '' for the whole. */
  readonly pointer: string;
}

export type QuoteOutcome =
  | { readonly outcome: 'quoted'; readonly given: GivenQuote }
  | RefusedQuote;

/** A use as it is metered, before anything is read of its customer. */
export interface MeteredQuote {
  readonly outcome: 'metered';
  readonly asked: AskedQuote;
  readonly at: Micros;
  readonly now: Micros;
  readonly catalogVersion: number;
  readonly usage: Extract<ReadUsageOutcome<undefined>, { readonly outcome: 'metered' }>;
}

export interface QuotesParts {
  readonly view: CatalogView;
  readonly freshness: Pick<CatalogFreshness, 'asOfNow'>;
  readonly clock: Clock;
  /** Undefined until the public half is where rating finds it. */
  readonly signer: () => QuoteSigner | undefined;
  readonly ttlMs: number;
}

/** What pricing needs of a customer. */
interface Terms extends Omit<PricedTerms, 'tenant'> {
  readonly schedule: BillingSchedule;
}

const FARTHEST_MICROS = 86_400_000_000;
const FRESH_MS = 2_000;
/** What the door accepts as `quotetoken`. */
const TOKEN_MAX = 4_096;

/** Says what a use would be charged, by the steps that its event would go through, and binds itself to it. */
export class Quotes {
  readonly #meters: MeterBook;
  readonly #prices: PriceBook;

  constructor(private readonly parts: QuotesParts) {
    this.#meters = new MeterBook(parts.view);
    this.#prices = new PriceBook(parts.view);
  }

  /** Comes first and outside of the transaction: it may have to read the catalog to its end. */
  async meter(asked: AskedQuote): Promise<MeteredQuote | RefusedQuote> {
    const now = this.parts.clock.nowMicros();
    const at = asked.at ?? now;
    if (Math.abs(at - now) > FARTHEST_MICROS) return refused('at_out_of_range');
    const { tenant, type, properties } = asked;
    if (!this.#meters.metersOf(tenant, type)) await this.parts.freshness.asOfNow(FRESH_MS);
    const catalogVersion = this.#meters.catalogVersion;
    const meters = this.#meters.metersOf(tenant, type);
    const usage = readUsage({ properties, inexactNumbers: [] }, meters, () => undefined);
    if (usage.outcome === 'refused') return refused(usage.reason, usage.pointer);
    return { outcome: 'metered', asked, at, now, catalogVersion, usage };
  }

  /** Reads; it writes nothing. */
  async price(tx: Transaction, metered: MeteredQuote): Promise<QuoteOutcome> {
    const { asked, at, catalogVersion } = metered;
    const terms = await this.#termsOf(tx, metered);
    if (typeof terms === 'string') return refused(terms);
    if (terms.plan === '') return refused('customer_without_plan');
    const { currency } = terms;
    const plan = this.#prices.plan({ ...terms, tenant: asked.tenant }, catalogVersion);
    if (!plan) return refused('unknown_plan');
    const { readings, properties } = metered.usage;
    const { priced } = plan.of(readings.map(({ meterKey }) => meterKey));
    const scheduled = billingPeriodAt(terms.schedule, at);
    const standing = standingAt(await findUsage(tx, asked, scheduled), terms.schedule, at);
    const rated = rateUsage(
      priced,
      {
        occurredAt: at,
        currency,
        quantities: readings.map(({ quantity }) => quantity),
        propertyOf: (pointer) => properties.find((one) => one.pointer === pointer)?.value,
      },
      standing,
    );
    if (rated.outcome === 'refused') return refused(rated.reason);
    return this.#bind(metered, currency, rated.charges);
  }

  async #termsOf(
    tx: Transaction,
    { asked, catalogVersion }: MeteredQuote,
  ): Promise<Terms | 'unknown_customer'> {
    const [known] = await findCustomers(tx, [asked]);
    if (known) return known;
    const tenant = this.parts.view.tenantAt(asked.tenant, catalogVersion);
    if (tenant?.unknownCustomers !== 'create') return 'unknown_customer';
    return { ...tenant.defaults, priceOverrides: [] };
  }

  #bind(
    { asked, at, now, catalogVersion, usage }: MeteredQuote,
    currency: string,
    charges: readonly RatedUsage[],
  ): QuoteOutcome {
    const signer = this.parts.signer();
    if (!signer) return refused('signing_key_unpublished');
    const quote: Quote = {
      id: `quo_${uuid()}`,
      tenant: asked.tenant,
      customer: asked.customer,
      type: asked.type,
      currency,
      readings: usage.readings.map(({ meterKey: meter, quantity }) => ({ meter, quantity })),
      charges: charges.map(({ booked: { price, cell }, meter, reading }) => ({
        meter,
        price: price.key,
        version: price.version,
        cell,
        amount: reading.amount,
      })),
      issuedAt: now,
      expiresAt: at + this.parts.ttlMs * 1_000,
    };
    const token = writeQuoteToken(quote, signer);
    if (token.length > TOKEN_MAX) return refused('quote_too_large');
    const amount = charges.reduce((sum, { reading }) => sum + reading.amount, 0n);
    const parts = charges.map((charge) => ({ charge, sentence: sentenceOf(charge) }));
    return { outcome: 'quoted', given: { quote, amount, parts, catalogVersion, token } };
  }
}

/** Where each price stands in the usage period of an instant, whose bounds stay as they were opened. */
function standingAt(
  usage: readonly UsageToDate[],
  schedule: BillingSchedule,
  at: Micros,
): (booked: BookedPrice) => UsageToDate['accumulator'] {
  const opened = usage.find(({ from, to }) => at >= from && at < to);
  const period: BillingPeriod = opened ?? periodBeside(usage, schedule, at);
  const own = usage.filter(({ from }) => from === period.from);
  return ({ price, cell }) =>
    own.find((one) => one.price === price.key && one.cell === cell)?.accumulator ??
    EMPTY_ACCUMULATOR;
}

function sentenceOf({ booked, creators, reading }: RatedUsage): string {
  const { amount, quantityBefore, quantityAfter } = reading;
  const inputs = { amount, quantityBefore, quantityAfter, creators };
  return explainCharge(inputs, booked.compiled).sentence;
}

function refused(reason: QuoteRefusalCode, pointer = ''): RefusedQuote {
  return { outcome: 'refused', reason, pointer };
}
