import type { Clock } from '@farthing/adapters/config/clock';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { MeterUnit } from '@farthing/domain/metering/meter';
import { keysWithOverrides } from '@farthing/domain/pricing/price-overrides';
import type { CustomerName } from '../customers/customer.js';
import { readCustomerFacts } from '../customers/read-customer-facts.js';
import { refusal } from '../errors.js';
import type { MeterDocument } from '../meters/meter.schema.js';
import type { PlanDocument } from '../plans/plan.schema.js';
import { findLatestVersion, listLatestVersions } from '../versions/versions.repository.js';
import { priceList } from './price-list.js';
import { listPriceVersions } from './price-list.repository.js';
import type { PriceListQuery } from './price-list.schema.js';

/** More plans or meters than any tenant has. */
const ALL = 1_000_000;

/** Reads what a tenant's plans cost now and later. */
export class PriceListReader {
  constructor(private readonly clock: Clock) {}

  async read(tx: Transaction, tenant: string, query: PriceListQuery) {
    if (query.customer !== undefined) {
      return this.#readCustomer(tx, { tenant, id: query.customer }, query);
    }
    const { locale, plan } = query;
    const plans =
      plan === undefined
        ? await listLatestVersions<PlanDocument>(
            tx,
            { tenant, kind: 'plan' },
            { after: '', count: ALL },
          )
        : [await findLatestVersion<PlanDocument>(tx, { tenant, kind: 'plan', key: plan })];
    const known = plans.filter((one) => one !== undefined);
    if (known.length < plans.length) throw refusal('unknown_plan', '/plan');
    const keys = [...new Set(known.flatMap(({ document }) => document.prices))];
    const prices = await listPriceVersions(tx, tenant, keys);
    const units = await unitsOf(tx, tenant);
    return priceList({ plans: known, prices, units }, { locale, now: this.clock.nowMicros() });
  }

  async #readCustomer(tx: Transaction, customer: CustomerName, query: PriceListQuery) {
    const { tenant } = customer;
    const facts = await readCustomerFacts(tx, customer);
    const { currency, priceOverrides } = facts;
    const key = query.plan ?? facts.plan;
    const name = { tenant, kind: 'plan', key } as const;
    const plan = key === '' ? undefined : await findLatestVersion<PlanDocument>(tx, name);
    if (key !== '' && !plan) throw refusal('unknown_plan', '/plan');
    const plans = plan ? [plan] : [];
    const inPlan = plan?.document.prices ?? [];
    const all = await listPriceVersions(tx, tenant, [...new Set([...inPlan, ...priceOverrides])]);
    const prices = all.filter(({ document }) => document.currency === currency);
    const documentsOf = (of: string) =>
      prices.flatMap(({ key: own, document }) => (own === of ? [document] : []));
    // Who is on no plan is charged nothing, by prices of its own neither.
    const paid = plan ? keysWithOverrides(inPlan, facts, documentsOf) : [];
    const keys = paid.filter((one) => documentsOf(one).length > 0);
    const now = this.clock.nowMicros();
    const units = await unitsOf(tx, tenant);
    return priceList({ plans, prices, keys, units }, { locale: query.locale, now });
  }
}

/** By meter key; those that have none are left out. */
async function unitsOf(tx: Transaction, tenant: string): Promise<Map<string, MeterUnit>> {
  const meters = await listLatestVersions<MeterDocument>(
    tx,
    { tenant, kind: 'meter' },
    { after: '', count: ALL },
  );
  return new Map(
    meters.flatMap(({ key, document: { unit } }) => (unit ? [[key, unit] as const] : [])),
  );
}
