/** What of a price version says which prices it replaces. */
export interface OverridingPrice {
  readonly meterKey: string;
  readonly currency: string;
}

/**
 * The price keys that a customer pays by: those of its plan and, in place of all that the plan has for a meter, the
 * customer's own that price that meter in its currency. A key without a version in the currency replaces nothing.
 * `versionsOf` answers all known versions of a key; those of one key have one meter.
 */
export function keysWithOverrides(
  planKeys: readonly string[],
  {
    priceOverrides,
    currency,
  }: { readonly priceOverrides: readonly string[]; readonly currency: string },
  versionsOf: (key: string) => readonly OverridingPrice[],
): readonly string[] {
  if (priceOverrides.length === 0) return planKeys;
  const metersOf = (key: string) =>
    versionsOf(key).flatMap((price) => (price.currency === currency ? [price.meterKey] : []));
  const own = priceOverrides.filter((key) => metersOf(key).length > 0);
  const replaced = new Set(own.flatMap(metersOf));
  const kept = planKeys.filter((key) => !metersOf(key).some((meter) => replaced.has(meter)));
  return [...own, ...kept];
}
