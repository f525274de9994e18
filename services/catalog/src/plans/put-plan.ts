import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { recordVersion } from '../versions/record-version.js';
import {
  findExistingKeys,
  findLatestVersion,
  lockCatalog,
} from '../versions/versions.repository.js';
import { findArchivedPrices } from '../prices/archived-prices.repository.js';
import { planAnswer, planThing } from './plan.schema.js';
import type { PlanAnswer, PlanBody, PlanDocument } from './plan.schema.js';

/** A plan, or its next version. It keeps the archived prices that it has, and takes no other ones. */
export async function putPlan(
  tx: Transaction,
  name: { readonly tenant: string; readonly key: string },
  body: PlanBody,
): Promise<CommandAnswer<PlanAnswer>> {
  const { tenant } = name;
  // Before the prices are read, so that none is archived meanwhile.
  await lockCatalog(tx);
  const existing = await findExistingKeys(tx, { tenant, kind: 'price' }, body.prices);
  const unknown = body.prices.findIndex((key) => !existing.has(key));
  if (unknown !== -1) throw refusal('unknown_price', `/prices/${unknown}`);
  const latest = await findLatestVersion<PlanDocument>(tx, { ...name, kind: 'plan' });
  const added = body.prices.filter((price) => !latest?.document.prices.includes(price));
  const archived = await findArchivedPrices(tx, tenant, added);
  const refused = body.prices.findIndex((price) => archived.has(price));
  if (refused !== -1) throw refusal('price_archived', `/prices/${refused}`);
  const { stored, changed, message } = await recordVersion(tx, {
    ...name,
    kind: 'plan',
    document: body,
    thingOf: planThing,
  });
  return { status: 200, body: planAnswer(stored), messages: [message], kind: 'plan', changed };
}
