import {
  fundingFromMessage,
  fundingToMessage,
  intervalFromMessage,
  intervalToMessage,
} from '@farthing/contracts/catalog/schedule-message';
import type { FundingKind, Tenant } from '@farthing/contracts/catalog/catalog-things';
import type {
  CustomerChanged,
  CustomerChangedSchema,
} from '@farthing/contracts/generated/farthing/usage/v1/usage_record_pb';
import type { BillingSchedule } from '@farthing/domain/period/billing-period';
import type { MessageInitShape } from '@bufbuild/protobuf';

/** What rating knows of a customer, as the customer's own partition told it. */
export interface CustomerFacts {
  /** 0 when rating made the customer itself. */
  readonly version: number;
  readonly plan: string;
  readonly currency: string;
  /** Price keys in place of the plan's. */
  readonly priceOverrides: readonly string[];
  readonly schedule: BillingSchedule;
  readonly funding: FundingKind;
  readonly closed: boolean;
  /** When the log first spoke of the customer: periods without use that ended before owe nothing. */
  readonly knownSince: number;
}

export function factsFromMessage(message: CustomerChanged, knownSince: number): CustomerFacts {
  return {
    version: Number(message.version),
    plan: message.plan,
    currency: message.currency,
    priceOverrides: message.priceOverrides,
    schedule: {
      timeZone: message.timeZone,
      anchorAt: Number(message.anchorAtMicros),
      interval: intervalFromMessage(message.interval),
    },
    funding: fundingFromMessage(message.funding),
    closed: message.closed,
    knownSince,
  };
}

export function factsToMessage(
  who: { readonly tenant: string; readonly customer: string; readonly catalogVersion: number },
  facts: CustomerFacts,
): MessageInitShape<typeof CustomerChangedSchema> {
  return {
    commandId: `customer:${who.customer}:${facts.version}`,
    tenant: who.tenant,
    customer: who.customer,
    version: BigInt(facts.version),
    catalogVersion: BigInt(who.catalogVersion),
    plan: facts.plan,
    currency: facts.currency,
    priceOverrides: [...facts.priceOverrides],
    timeZone: facts.schedule.timeZone,
    anchorAtMicros: BigInt(facts.schedule.anchorAt),
    interval: intervalToMessage(facts.schedule.interval),
    funding: fundingToMessage(facts.funding),
    closed: facts.closed,
  };
}

/** Version 0 of a customer that nobody created: the tenant's defaults at the event's catalog version. */
export function defaultFacts({ defaults }: Tenant, knownSince: number): CustomerFacts {
  return { version: 0, ...defaults, priceOverrides: [], closed: false, knownSince };
}
