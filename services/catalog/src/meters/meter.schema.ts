import { z } from 'zod';
import { checkMeter, type Meter } from '@farthing/domain/metering/meter';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import * as field from '../field-schemas.js';
import type { StoredVersion } from '../versions/versions.repository.js';

const scalar = z
  .union([z.string().max(255), z.number(), z.boolean(), z.null()])
  .superRefine((value, context) => {
    if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\u0000'))) {
      field.refuse(context, 'text_not_storable');
    }
  });

const pointer = field.pointerText;

const condition = z.discriminatedUnion('op', [
  z.strictObject({ op: z.enum(['eq', 'ne']), pointer, value: scalar }),
  z.strictObject({ op: z.literal('in'), pointer, values: z.array(scalar).min(1).max(100) }),
  z.strictObject({ op: z.literal('exists'), pointer, exists: z.boolean() }),
  z.strictObject({ op: z.enum(['lt', 'le', 'gt', 'ge']), pointer, value: z.number() }),
]);

const dimension = z.strictObject({ name: field.key, pointer });

export const meterBody = z
  .strictObject({
    /** CloudEvents types. */
    eventTypes: z
      .array(field.line(255))
      .min(1)
      .max(50)
      .superRefine((types, context) =>
        field.refuseRepeats(context, types, 'event_type_named_twice'),
      ),
    aggregation: z.enum(['count', 'sum', 'max', 'unique', 'latest']),
    /** JSON pointer into `data` to what a sum adds up, of what the greatest or the latest counts, or whose distinct values count. */
    value: pointer.optional(),
    /** All must hold. */
    filter: z.array(condition).max(20).default([]),
    dimensions: z.array(dimension).max(8).default([]),
    /** How quantities are shown: a name, and how much of what is counted is one of it. */
    unit: z.strictObject({ name: field.line(32), size: field.decimalText }).optional(),
  })
  .superRefine((body, context) => {
    for (const { reason, pointer: at } of checkMeter(meterOf(body))) {
      field.refuse(context, reason, at.replace(/^\/valuePointer/, '/value'));
    }
  });
export type MeterBody = z.output<typeof meterBody>;

/** A meter without its tenant, key and version. */
export type MeterDocument = Omit<Meter, 'tenant' | 'key' | 'version'>;

export function meterDocument(body: MeterBody): MeterDocument {
  const { value, unit, ...rest } = body;
  return {
    ...rest,
    ...(value !== undefined && { valuePointer: value }),
    ...(unit && { unit }),
  };
}

export function meterThing({ tenant, key, version, document }: StoredVersion<MeterDocument>) {
  return { kind: 'meter', meter: { ...document, tenant, key, version } } satisfies CatalogThing;
}

export function meterAnswer(stored: StoredVersion<MeterDocument>) {
  const { key, version, catalogVersion, document } = stored;
  const { eventTypes, aggregation, valuePointer, filter, dimensions, unit } = document;
  return {
    key,
    version,
    catalogVersion,
    eventTypes,
    aggregation,
    ...(valuePointer !== undefined && { value: valuePointer }),
    filter,
    dimensions,
    ...(unit && { unit }),
  };
}
export type MeterAnswer = ReturnType<typeof meterAnswer>;

function meterOf(body: MeterBody): Meter {
  return { ...meterDocument(body), tenant: '', key: '', version: 0 };
}
