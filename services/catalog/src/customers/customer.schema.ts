import { z } from 'zod';
import { formatMicros } from '@farthing/domain/period/micros';
import type { Tenant } from '@farthing/contracts/catalog/catalog-things';
import * as field from '../field-schemas.js';
import type { Customer, CustomerFacts, CustomerProfile, ProfileDetails } from './customer.js';

const profile = z.strictObject({
  name: field.line(200).optional(),
  email: z.email().max(254).optional(),
  addressLines: z.array(field.line(200)).max(8).optional(),
  /** ISO 3166-1 alpha-2. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code, such as "DE"')
    .optional(),
  taxId: field.line(64).optional(),
});

export const customerBody = z.strictObject({
  plan: field.key.optional(),
  currency: field.currency.optional(),
  /** Price keys in place of what the plan has for their meters. */
  priceOverrides: z
    .array(field.key)
    .max(20)
    .superRefine((keys, context) => field.refuseRepeats(context, keys, 'price_named_twice'))
    .optional(),
  timeZone: field.timeZone.optional(),
  anchorAt: field.instant.optional(),
  interval: field.interval.optional(),
  funding: field.funding.optional(),
  closed: z.boolean().optional(),
  /** Personal data travels apart from the facts, and can be erased. */
  profile: profile.optional(),
});
export type CustomerBody = z.output<typeof customerBody>;

export const customerParams = z.object({ id: field.id });

/** The facts of a customer of whom nothing is known: what rating gives an unknown one, too. */
export function defaultFacts({ plan, currency, schedule, funding }: Tenant['defaults']) {
  const facts: CustomerFacts = {
    plan,
    currency,
    priceOverrides: [],
    ...schedule,
    funding,
    closed: false,
  };
  return facts;
}

/** What the body says; the rest as it was in `facts`. */
export function factsFrom(body: CustomerBody, facts: CustomerFacts): CustomerFacts {
  return {
    plan: body.plan ?? facts.plan,
    currency: body.currency ?? facts.currency,
    priceOverrides: body.priceOverrides ?? facts.priceOverrides,
    timeZone: body.timeZone ?? facts.timeZone,
    anchorAt: body.anchorAt ?? facts.anchorAt,
    interval: body.interval ?? facts.interval,
    funding: body.funding ?? facts.funding,
    closed: body.closed ?? facts.closed,
  };
}

/** Without the profile: stored answers must not keep personal data. */
export function customerAnswer({ id, version, facts }: Customer) {
  return {
    id,
    version,
    ...(facts.plan !== '' && { plan: facts.plan }),
    currency: facts.currency,
    ...(facts.priceOverrides.length > 0 && { priceOverrides: facts.priceOverrides }),
    timeZone: facts.timeZone,
    anchorAt: formatMicros(facts.anchorAt),
    interval: facts.interval,
    funding: facts.funding,
    closed: facts.closed,
  };
}
export type CustomerAnswer = ReturnType<typeof customerAnswer>;

export function profileAnswer(
  stored: CustomerProfile | undefined,
): (ProfileDetails & { readonly version: number }) | undefined {
  return stored?.details && { version: stored.version, ...stored.details };
}
