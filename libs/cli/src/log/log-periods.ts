import { intervalFromMessage } from '@farthing/contracts/catalog/schedule-message';
import type { CustomerChanged } from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import {
  billingPeriodAt,
  type BillingPeriod,
  type BillingSchedule,
} from '@farthing/domain/period/billing-period';
import type { Micros } from '@farthing/domain/period/micros';
import type { Price } from '@farthing/domain/pricing/price';
import {
  compileSettlement,
  isSettled,
  lateAmount,
  leastCost,
  minimumDue,
} from '@farthing/domain/pricing/settlement';
import { EMPTY_ACCUMULATOR, type Accumulator } from '@farthing/domain/rating/accumulator';

/** What the log says of one customer's billing period. */
interface LoggedPeriod extends BillingPeriod {
  /** By price key, then cell. */
  readonly accumulators: Map<string, Map<string, Accumulator>>;
  /** What it came to cost at least when it was closed, by price key. */
  readonly settled: Map<string, bigint>;
}

/** Whose periods are closed. */
export interface ClosedCustomer {
  readonly schedule: BillingSchedule;
  readonly currency: string;
  readonly closed: boolean;
  /** When the log first spoke of the customer. */
  readonly knownSince: Micros;
}

/** The facts of a customer that pricing needs. */
export interface LoggedTerms extends ClosedCustomer {
  readonly version: bigint;
  readonly plan: string;
  readonly priceOverrides: readonly string[];
  readonly partition: number;
}

export function loggedTerms(
  changed: CustomerChanged,
  since: Pick<LoggedTerms, 'knownSince' | 'partition'>,
): LoggedTerms {
  const { version, plan, currency, priceOverrides, closed } = changed;
  const schedule = {
    timeZone: changed.timeZone,
    anchorAt: Number(changed.anchorAtMicros),
    interval: intervalFromMessage(changed.interval),
  };
  return { version, plan, currency, priceOverrides, schedule, closed, ...since };
}

/** The billing periods of one customer, as its events and its barriers make them. */
export class LogPeriods {
  readonly #periods = new Map<Micros, LoggedPeriod>();

  accumulator(bounds: BillingPeriod, price: string, cell: string): Accumulator {
    return this.#periods.get(bounds.from)?.accumulators.get(price)?.get(cell) ?? EMPTY_ACCUMULATOR;
  }

  /** Moves an accumulator, and answers what that is charged: less where a minimum was settled before. */
  move(
    bounds: BillingPeriod,
    of: { readonly price: string; readonly cell: string },
    rated: { readonly accumulator: Accumulator; readonly amount: bigint },
  ): bigint {
    const period = this.#at(bounds);
    const { amountSoFar } = totalsOf(period, of.price);
    const cells = period.accumulators.get(of.price) ?? new Map<string, Accumulator>();
    period.accumulators.set(of.price, cells.set(of.cell, rated.accumulator));
    const settled = period.settled.get(of.price);
    return settled === undefined ? rated.amount : lateAmount(settled, amountSoFar, rated.amount);
  }

  /** Moves what use costs and no quantity; not, and answers false, where a settled minimum takes that up. */
  adjust(
    bounds: BillingPeriod,
    { price, cell }: { readonly price: string; readonly cell: string },
    by: bigint,
  ): boolean {
    const period = this.#at(bounds);
    const settled = period.settled.get(price);
    const { amountSoFar } = totalsOf(period, price);
    if (settled !== undefined && lateAmount(settled, amountSoFar, by) !== by) return false;
    const accumulator = this.accumulator(bounds, price, cell);
    const moved = { ...accumulator, amount: accumulator.amount + by };
    this.move(bounds, { price, cell }, { accumulator: moved, amount: by });
    return true;
  }

  /**
   * Settles the periods that end after `sealedBefore` and by `closesBefore`: those that were used, and of a customer
   * that is not closed also the others since it is known. Answers the charges, none of 0.
   */
  close(
    customer: ClosedCustomer,
    span: { readonly sealedBefore: Micros; readonly closesBefore: Micros },
    pricesAt: (at: Micros) => readonly Price[],
  ): bigint[] {
    const charges: bigint[] = [];
    for (const period of this.#closing(customer, span)) {
      for (const price of pricesAt(period.to - 1)) {
        if (!isSettled(price) || price.currency !== customer.currency) continue;
        const settlement = compileSettlement(price);
        const totals = totalsOf(period, price.key);
        period.settled.set(price.key, leastCost(settlement, totals.quantity));
        const due = minimumDue(settlement, totals);
        if (due > 0n) charges.push(due);
      }
    }
    return charges;
  }

  #closing(
    { schedule, closed, knownSince }: ClosedCustomer,
    {
      sealedBefore,
      closesBefore,
    }: { readonly sealedBefore: Micros; readonly closesBefore: Micros },
  ): LoggedPeriod[] {
    for (let at = closed ? closesBefore : Math.max(sealedBefore, knownSince); ;) {
      const period = billingPeriodAt(schedule, at);
      if (period.to > closesBefore) break;
      this.#at(period);
      at = period.to;
    }
    return [...this.#periods.values()].filter(({ to }) => to > sealedBefore && to <= closesBefore);
  }

  #at({ from, to }: BillingPeriod): LoggedPeriod {
    let period = this.#periods.get(from);
    if (!period) {
      period = { from, to, accumulators: new Map(), settled: new Map() };
      this.#periods.set(from, period);
    }
    return period;
  }
}

/** Over all versions and cells of a price key. */
function totalsOf({ accumulators }: LoggedPeriod, price: string) {
  const totals = { quantity: 0n, amountSoFar: 0n };
  for (const { quantity, amount } of accumulators.get(price)?.values() ?? []) {
    totals.quantity += quantity;
    totals.amountSoFar += amount;
  }
  return totals;
}
