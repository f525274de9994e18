/**
 * Of the versions of one price key that were known at the event's catalog version, the one that
 * applies: the latest `effectiveFrom` that is not after `occurredAt`, among equals the higher
 * version. Undefined when none is. Both times are microseconds since the epoch.
 */
export function priceInForce<
  P extends { readonly version: number; readonly effectiveFrom: number },
>(versions: readonly P[], occurredAt: number): P | undefined {
  let best: P | undefined;
  for (const price of versions) {
    if (price.effectiveFrom > occurredAt) continue;
    if (
      best === undefined ||
      price.effectiveFrom > best.effectiveFrom ||
      (price.effectiveFrom === best.effectiveFrom && price.version > best.version)
    ) {
      best = price;
    }
  }
  return best;
}
