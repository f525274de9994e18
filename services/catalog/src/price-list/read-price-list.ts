import type { Clock } from '@farthing/adapters/config/clock';
import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { refusal } from '../errors.js';
import type { PlanDocument } from '../plans/plan.schema.js';
import { findLatestVersion, listLatestVersions } from '../versions/versions.repository.js';
import { priceList } from './price-list.js';
import { listPriceVersions } from './price-list.repository.js';
import type { PriceListQuery } from './price-list.schema.js';

/** More plans than any tenant has. */
const ALL = 1_000_000;

/** Reads what a tenant's plans cost now and later. */
export class PriceListReader {
  constructor(private readonly clock: Clock) {}

  async read(tx: Transaction, tenant: string, { locale, plan }: PriceListQuery) {
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
    return priceList({ plans: known, prices }, { locale, now: this.clock.nowMicros() });
  }
}
