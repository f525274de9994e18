import type { MessageInitShape } from '@bufbuild/protobuf';
import { RoundingMode, UnknownCustomers } from '../generated/farthing/catalog/v1/catalog_pb.js';
import type {
  Tenant as TenantMessage,
  TenantSchema,
} from '../generated/farthing/catalog/v1/catalog_pb.js';
import type { Tenant } from './catalog-things.js';
import {
  fundingFromMessage,
  fundingToMessage,
  intervalFromMessage,
  intervalToMessage,
  named,
  numbered,
} from './schedule-message.js';

const UNKNOWN: ReadonlyArray<[UnknownCustomers, Tenant['unknownCustomers']]> = [
  [UnknownCustomers.CREATE, 'create'],
  [UnknownCustomers.REFUSE, 'refuse'],
];

const ROUNDING: ReadonlyArray<[RoundingMode, Tenant['roundingMode']]> = [
  [RoundingMode.HALF_UP, 'half_up'],
  [RoundingMode.HALF_EVEN, 'half_even'],
];

export function tenantFromMessage(message: TenantMessage): Tenant {
  return {
    id: message.id,
    version: Number(message.version),
    name: message.name,
    twinOf: message.twinOf,
    unknownCustomers: named(UNKNOWN, message.unknownCustomers),
    defaults: {
      plan: message.defaultPlan,
      currency: message.defaultCurrency,
      schedule: {
        timeZone: message.defaultTimeZone,
        anchorAt: Number(message.defaultAnchorAtMicros),
        interval: intervalFromMessage(message.defaultInterval),
      },
      funding: fundingFromMessage(message.defaultFunding),
    },
    graceSeconds: Number(message.graceSeconds),
    minimumInvoiceNanos: BigInt(message.minimumInvoiceNanos),
    roundingMode: named(ROUNDING, message.roundingMode),
    taxRates: message.taxRates.map(({ category, partsPerMillion }) => ({
      category,
      partsPerMillion,
    })),
    taxInclusive: message.taxInclusive,
    ...(message.acceptLateDays === undefined ? {} : { acceptLateDays: message.acceptLateDays }),
  };
}

export function tenantToMessage(tenant: Tenant): MessageInitShape<typeof TenantSchema> {
  const { defaults } = tenant;
  return {
    id: tenant.id,
    version: BigInt(tenant.version),
    name: tenant.name,
    twinOf: tenant.twinOf,
    unknownCustomers: numbered(UNKNOWN, tenant.unknownCustomers),
    defaultPlan: defaults.plan,
    defaultCurrency: defaults.currency,
    defaultTimeZone: defaults.schedule.timeZone,
    defaultAnchorAtMicros: BigInt(defaults.schedule.anchorAt),
    defaultInterval: intervalToMessage(defaults.schedule.interval),
    defaultFunding: fundingToMessage(defaults.funding),
    graceSeconds: BigInt(tenant.graceSeconds),
    minimumInvoiceNanos: tenant.minimumInvoiceNanos.toString(),
    roundingMode: numbered(ROUNDING, tenant.roundingMode),
    taxRates: tenant.taxRates.map((rate) => ({ ...rate })),
    taxInclusive: tenant.taxInclusive,
    ...(tenant.acceptLateDays === undefined ? {} : { acceptLateDays: tenant.acceptLateDays }),
  };
}
