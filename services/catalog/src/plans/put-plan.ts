import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { recordVersion } from '../versions/record-version.js';
import { findExistingKeys } from '../versions/versions.repository.js';
import { planAnswer, planThing, type PlanAnswer, type PlanBody } from './plan.schema.js';

/** A plan, or its next version. Prices are never deleted, so those that exist stay. */
export async function putPlan(
  tx: Transaction,
  name: { readonly tenant: string; readonly key: string },
  body: PlanBody,
): Promise<CommandAnswer<PlanAnswer>> {
  const { tenant } = name;
  const existing = await findExistingKeys(tx, { tenant, kind: 'price' }, body.prices);
  const unknown = body.prices.findIndex((key) => !existing.has(key));
  if (unknown !== -1) throw refusal('unknown_price', `/prices/${unknown}`);
  const { stored, changed, message } = await recordVersion(tx, {
    ...name,
    kind: 'plan',
    document: body,
    thingOf: planThing,
  });
  return { status: 200, body: planAnswer(stored), messages: [message], kind: 'plan', changed };
}
