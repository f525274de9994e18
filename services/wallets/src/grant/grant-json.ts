import { formatNanos } from '@farthing/domain/money/nanos';
import { formatMicros } from '@farthing/domain/period/micros';
import type { GrantBalance } from '@farthing/domain/wallet/pay-charge';

/** A grant as every route shows it. */
export function grantToJson(owned: GrantBalance & { readonly customer: string }) {
  const { grant, balance } = owned;
  return {
    id: grant.id,
    customer: owned.customer,
    kind: grant.kind,
    amount: { amount: formatNanos(grant.amount), currency: grant.currency },
    remaining: { amount: formatNanos(balance), currency: grant.currency },
    priority: grant.priority,
    effectiveFrom: formatMicros(grant.effectiveFrom),
    ...(grant.expiresAt !== undefined && { expiresAt: formatMicros(grant.expiresAt) }),
    createdAt: formatMicros(grant.createdAt),
  };
}
