import type { ProblemError } from '@farthing/adapters/http/problem';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { lintPriceBook } from '@farthing/domain/price-book/lint-price-book';
import { bookMeterOf, type BookPrice } from '@farthing/domain/price-book/price-book';

/** What makes candidates unfit to price by; warnings are for those who import them. */
export function candidateFaults(
  candidates: readonly BookPrice[],
  catalog: { readonly view: CatalogView; readonly tenant: string },
): ProblemError[] {
  const { view, tenant } = catalog;
  const keys = [...new Set(candidates.map(({ meter }) => meter))];
  const meters = keys.flatMap((key) => {
    const meter = view.meterAt(tenant, key, view.version);
    return meter ? [bookMeterOf(meter)] : [];
  });
  return lintPriceBook({ meters, prices: candidates, plans: [] }, 0)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, sentence, pointer }) => ({
      code,
      detail: sentence,
      pointer: pointer.replace(/^\/prices\//, '/candidates/'),
    }));
}
