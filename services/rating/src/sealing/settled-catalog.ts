import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { isSettled } from '@farthing/domain/pricing/settlement';

/** What of a tenant's catalog the close of a period may have to settle. */
export interface SettledCatalog {
  /** Price keys some version of which has a minimum, in byte order. */
  readonly prices: readonly string[];
  /** The plans that have one of them, in byte order. */
  readonly plans: readonly string[];
}

export function settledCatalog(
  view: CatalogView,
  tenant: string,
  catalogVersion: number,
): SettledCatalog {
  const prices = view
    .priceKeysAt(tenant, catalogVersion)
    .filter((key) => view.priceVersionsAt(tenant, key, catalogVersion).some(isSettled));
  const plans = view
    .plansAt(tenant, catalogVersion)
    .filter((plan) => plan.prices.some((key) => prices.includes(key)))
    .map(({ key }) => key);
  return { prices, plans };
}
