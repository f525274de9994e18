import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { isSettled } from '@farthing/domain/pricing/settlement';

/** A tenant's plans whose prices the close of a period may have to settle, in byte order of their keys. */
export function plansToSettle(view: CatalogView, tenant: string, catalogVersion: number): string[] {
  const isSettledKey = (key: string) =>
    view.priceVersionsAt(tenant, key, catalogVersion).some(isSettled);
  return view
    .plansAt(tenant, catalogVersion)
    .filter(({ prices }) => prices.some(isSettledKey))
    .map(({ key }) => key);
}
