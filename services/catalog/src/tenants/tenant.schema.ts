import { z } from 'zod';
import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import type { CatalogThing, Tenant } from '@farthing/contracts/catalog/catalog-things';
import * as field from '../field-schemas.js';
import type { StoredVersion } from '../versions/versions.repository.js';
import { isTwin, twinIdOf } from './twin.js';

const taxRate = z.strictObject({
  category: field.key,
  partsPerMillion: z.int().min(0).max(1_000_000),
});

export const tenantBody = z.strictObject({
  name: field.line(200),
  unknownCustomers: z.enum(['create', 'refuse']),
  /** It need not exist yet; until it does, unknown customers are on no plan. */
  defaultPlan: field.key.optional(),
  currency: field.currency,
  timeZone: field.timeZone.default('UTC'),
  anchorAt: field.instant.prefault('2020-01-01T00:00:00Z'),
  interval: field.interval.default('month'),
  funding: field.funding.default('postpaid'),
  graceSeconds: z.int().min(0).max(31_622_400).default(3_600),
  minimumInvoice: field.nanosText.prefault('0'),
  roundingMode: z.enum(['half_up', 'half_even']).default('half_up'),
  taxRates: z
    .array(taxRate)
    .max(50)
    .superRefine((rates, context) => {
      const categories = rates.map(({ category }) => category);
      field.refuseRepeats(context, categories, 'tax_category_named_twice');
    })
    .default([]),
  taxInclusive: z.boolean().default(false),
  /** Days after the end of a sealed period in which its late events are taken; 0 refuses them, absent takes them. */
  acceptLateDays: z.int().min(0).max(365).optional(),
});
export type TenantBody = z.output<typeof tenantBody>;

export const tenantParams = z.object({ id: field.anyTenantId });

/** A tenant without its id and version; amounts as decimal text of nano-units. */
export type TenantDocument = Omit<Tenant, 'id' | 'version' | 'minimumInvoiceNanos'> & {
  readonly minimumInvoiceNanos: string;
};

export function tenantDocument(body: TenantBody, twinOf: string): TenantDocument {
  const { timeZone, anchorAt, interval } = body;
  return {
    name: body.name,
    twinOf,
    unknownCustomers: body.unknownCustomers,
    defaults: {
      plan: body.defaultPlan ?? '',
      currency: body.currency,
      schedule: { timeZone, anchorAt, interval },
      funding: body.funding,
    },
    graceSeconds: body.graceSeconds,
    minimumInvoiceNanos: body.minimumInvoice,
    roundingMode: body.roundingMode,
    taxRates: body.taxRates,
    taxInclusive: body.taxInclusive,
    ...(body.acceptLateDays === undefined ? {} : { acceptLateDays: body.acceptLateDays }),
  };
}

export function tenantThing({ key, version, document }: StoredVersion<TenantDocument>) {
  const minimumInvoiceNanos = BigInt(document.minimumInvoiceNanos);
  const tenant: Tenant = { ...document, id: key, version, minimumInvoiceNanos };
  return { kind: 'tenant', tenant } as const satisfies CatalogThing;
}

export function tenantAnswer({
  key,
  version,
  catalogVersion,
  document,
}: StoredVersion<TenantDocument>) {
  const { defaults, twinOf, minimumInvoiceNanos, ...settings } = document;
  return {
    id: key,
    version,
    catalogVersion,
    ...(isTwin(key) ? { twinOf } : { twin: twinIdOf(key) }),
    name: settings.name,
    unknownCustomers: settings.unknownCustomers,
    ...(defaults.plan !== '' && { defaultPlan: defaults.plan }),
    currency: defaults.currency,
    timeZone: defaults.schedule.timeZone,
    anchorAt: formatMicros(defaults.schedule.anchorAt),
    interval: defaults.schedule.interval,
    funding: defaults.funding,
    graceSeconds: settings.graceSeconds,
    minimumInvoice: formatNanos(BigInt(minimumInvoiceNanos)),
    roundingMode: settings.roundingMode,
    taxRates: settings.taxRates,
    taxInclusive: settings.taxInclusive,
    ...(settings.acceptLateDays === undefined ? {} : { acceptLateDays: settings.acceptLateDays }),
  };
}
export type TenantAnswer = ReturnType<typeof tenantAnswer>;
