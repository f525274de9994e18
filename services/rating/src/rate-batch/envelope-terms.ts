import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { MeterPrices, PlanPrices } from '@farthing/domain/rating/price-book';
import { defaultFacts, type CustomerFacts } from '../customers/customer-facts.js';
import { termsOf } from '../customers/priced-terms.js';
import type { RatingContext } from './rating-context.js';
import { doorVersionOf, type LoggedEnvelope } from './logged-envelope.js';
import type { Refusal } from './refusals.js';

/** What the catalog says of an envelope's events at the envelope's catalog version, each looked up once an envelope. */
export class EnvelopeTerms {
  readonly #columns: EnvelopeColumns;
  readonly #defaults = new Map<string, CustomerFacts | Refusal>();
  readonly #plans = new Map<CustomerFacts, PlanPrices | Refusal>();
  readonly #prices = new Map<PlanPrices, Map<number, MeterPrices>>();

  constructor(
    private readonly envelope: LoggedEnvelope,
    private readonly context: RatingContext,
  ) {
    this.#columns = envelope.columns;
  }

  /** Of a customer that nobody has created. */
  defaultFactsOf(tenant: string): CustomerFacts | Refusal {
    let facts = this.#defaults.get(tenant);
    if (facts === undefined) {
      const known = this.context.view.tenantAt(tenant, doorVersionOf(this.envelope));
      if (!known) facts = 'unknown_tenant';
      else if (known.unknownCustomers === 'refuse') facts = 'unknown_customer';
      else facts = defaultFacts(known, this.envelope.appendedAt);
      this.#defaults.set(tenant, facts);
    }
    return facts;
  }

  planOf(tenant: string, facts: CustomerFacts): PlanPrices | Refusal {
    let plan = this.#plans.get(facts);
    if (!plan) this.#plans.set(facts, (plan = this.#lookUpPlan(tenant, facts)));
    return plan;
  }

  pricesOf(plan: PlanPrices, index: number): MeterPrices {
    const columns = this.#columns;
    let byMeters = this.#prices.get(plan);
    if (!byMeters) this.#prices.set(plan, (byMeters = new Map()));
    const start = columns.readingStarts[index]!;
    const end = columns.readingStarts[index + 1]!;
    const meters = () =>
      Array.from(columns.readingMeters.subarray(start, end), (at) => columns.strings[at]!);
    // Up to three meters make one number below 2^53, as a dictionary has far fewer than 2^17 strings.
    if (end - start > 3) return plan.of(meters());
    let id = 0;
    for (let at = start; at < end; at++) {
      id = id * columns.strings.length + columns.readingMeters[at]!;
    }
    let prices = byMeters.get(id);
    if (!prices) byMeters.set(id, (prices = plan.of(meters())));
    return prices;
  }

  #lookUpPlan(tenant: string, facts: CustomerFacts): PlanPrices | Refusal {
    if (facts.plan === '') return 'customer_without_plan';
    const terms = termsOf(tenant, facts);
    return this.context.book.plan(terms, this.#columns.catalogVersion) ?? 'unknown_plan';
  }
}
