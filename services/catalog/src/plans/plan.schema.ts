import { z } from 'zod';
import type { CatalogThing, Plan } from '@farthing/contracts/catalog/catalog-things';
import * as field from '../field-schemas.js';
import type { StoredVersion } from '../versions/versions.repository.js';

export const planBody = z.strictObject({
  /** Price keys. */
  prices: z
    .array(field.key)
    .max(200)
    .superRefine((keys, context) => field.refuseRepeats(context, keys, 'price_named_twice')),
});
export type PlanBody = z.output<typeof planBody>;

/** A plan without its tenant, key and version. */
export type PlanDocument = Pick<Plan, 'prices'>;

export function planThing({ tenant, key, version, document }: StoredVersion<PlanDocument>) {
  return { kind: 'plan', plan: { ...document, tenant, key, version } } satisfies CatalogThing;
}

export function planAnswer({
  key,
  version,
  catalogVersion,
  document,
}: StoredVersion<PlanDocument>) {
  return { key, version, catalogVersion, prices: document.prices };
}
export type PlanAnswer = ReturnType<typeof planAnswer>;
