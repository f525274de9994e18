import { partitionOf } from '@farthing/contracts/topics/partition-of';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { priceInForce } from '@farthing/domain/pricing/price-in-force';
import { leastCost, minimumDue } from '@farthing/domain/pricing/settlement';
import { CustomerCache } from '../customers/customer-cache.js';
import { slotsOfPrice, type Customer } from '../customers/customer.js';
import { loadAccumulators } from '../customers/customers.repository.js';
import { loadCustomers } from '../customers/load-customers.js';
import { termsOf } from '../customers/priced-terms.js';
import type { NumberedPrice, PriceBook, SettledKey } from '@farthing/domain/rating/price-book';
import { periodsToSettle, type PeriodToSettle } from './periods-to-settle.js';
import type { SettledCatalog } from './settled-catalog.js';
import { selectCustomersToSettle, type Settlement } from './settlements.repository.js';

/** What one price key comes to at the close of a period. */
export interface DuePrice {
  readonly named: NumberedPrice;
  /** All that was used in the period, over all versions and cells. */
  readonly quantity: bigint;
  /** What the period costs at least. */
  readonly least: bigint;
  /** What is missing to that; 0 when use costs as much. */
  readonly amount: bigint;
}

export interface DuePeriod extends PeriodToSettle {
  /** In byte order of the key. */
  readonly prices: readonly DuePrice[];
}

/** The next periods that a barrier closes, in order; none when all are settled. */
export async function nextPeriods(
  tx: Transaction,
  settlement: Settlement,
  barrier: {
    readonly closesBefore: number;
    readonly settled: SettledCatalog;
    /** Of the log. */
    readonly partitions: number;
    readonly periodsAtOnce: number;
  },
): Promise<PeriodToSettle[]> {
  const { tenant, partition, sealedBefore, after } = settlement;
  const { closesBefore, settled, partitions, periodsAtOnce } = barrier;
  const found: PeriodToSettle[] = [];
  for (let from = after.customer; ;) {
    const wanted = { tenant, partition, settled, from, limit: CUSTOMERS_AT_ONCE };
    const page = await selectCustomersToSettle(tx, wanted);
    const names = page.filter(
      (row) => (row.partition ?? partitionOf(tenant, row.customer, partitions)) === partition,
    );
    for (const customer of await customersNamed(tx, tenant, { names, sealedBefore })) {
      for (const period of periodsToSettle(customer, { sealedBefore, closesBefore })) {
        const isSettled = customer.id === after.customer && period.bounds.from <= after.periodFrom;
        if (isSettled) continue;
        found.push(period);
        if (found.length === periodsAtOnce) return found;
      }
    }
    if (page.length < CUSTOMERS_AT_ONCE) return found;
    // The least text that comes after it: no id has a character below it.
    from = `${page.at(-1)!.customer}\u0001`;
  }
}

/** What these periods still have to pay; those that have nothing to settle are left out. */
export async function dueOf(
  tx: Transaction,
  periods: readonly PeriodToSettle[],
  { book, catalogVersion }: { readonly book: PriceBook; readonly catalogVersion: number },
): Promise<DuePeriod[]> {
  const opened = periods.flatMap(({ customer, opened: period }) =>
    period ? [{ customer, period }] : [],
  );
  if (opened.length > 0) await loadAccumulators(tx, opened);
  return periods.flatMap((period) => {
    const { customer, dueUnused } = period;
    if (!dueUnused && period.opened?.accumulators?.size === 0) return [];
    const terms = termsOf(customer.tenant, customer.facts!);
    const keys = book.plan(terms, catalogVersion)?.settledKeys ?? [];
    const prices = keys.flatMap((key) => duePrice(period, key) ?? []);
    return prices.length === 0 ? [] : [{ ...period, prices }];
  });
}

/** By the version in force at the period's end: its last microsecond. */
function duePrice(
  { customer, bounds, opened }: PeriodToSettle,
  { key, versions }: SettledKey,
): DuePrice | undefined {
  const version = priceInForce(versions, bounds.to - 1);
  if (!version?.settled || version.price.currency !== customer.facts!.currency) return undefined;
  const { settlement, named } = version.settled;
  let quantity = 0n;
  let amountSoFar = 0n;
  for (const { current } of opened ? slotsOfPrice(opened, key) : []) {
    quantity += current.quantity;
    amountSoFar += current.amount;
  }
  const least = leastCost(settlement, quantity);
  if (least === 0n) return undefined;
  return { named, quantity, least, amount: minimumDue(settlement, { quantity, amountSoFar }) };
}

const CUSTOMERS_AT_ONCE = 200;
/** One period before those that are closed is loaded, too: bounds are counted from it. */
const LONGEST_PERIOD_MICROS = 366 * 86_400_000_000;

/** Beside what the partition remembers: these are many, and most will not be asked for soon. */
async function customersNamed(
  tx: Transaction,
  tenant: string,
  wanted: {
    readonly names: ReadonlyArray<{ readonly customer: string }>;
    readonly sealedBefore: number | undefined;
  },
): Promise<Customer[]> {
  const { names, sealedBefore = 0 } = wanted;
  if (names.length === 0) return [];
  const customers = new CustomerCache(names.length);
  await loadCustomers(tx, customers, {
    names: names.map(({ customer }) => ({ tenant, customer })),
    periodsEndAfter: sealedBefore - LONGEST_PERIOD_MICROS,
  });
  return names.map(({ customer }) => customers.get(tenant, customer)!);
}
