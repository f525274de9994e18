import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { parseMicros } from '@farthing/domain/period/micros';
import { priceOfBook, type BookPrice } from '@farthing/domain/price-book/price-book';
import type { Price } from '@farthing/domain/pricing/price';

/** The price versions that a re-rating prices by: catalog's, and after them the candidates, as if they were imported. */
export class OtherPrices {
  readonly #candidates = new Map<string, BookPrice[]>();

  constructor(
    private readonly view: CatalogView,
    private readonly of: { readonly tenant: string; readonly catalogVersion: number },
    candidates: readonly BookPrice[],
  ) {
    for (const candidate of candidates) {
      const known = this.#candidates.get(candidate.key);
      if (known) known.push(candidate);
      else this.#candidates.set(candidate.key, [candidate]);
    }
  }

  /** All versions of a key, oldest first. */
  versionsOf(key: string): Price[] {
    const { tenant, catalogVersion } = this.of;
    const versions = this.view.priceVersionsAt(tenant, key, catalogVersion);
    const latest = versions.at(-1)?.version ?? 0;
    const candidates = this.#candidates.get(key) ?? [];
    return [
      ...versions,
      ...candidates.map((candidate, at) =>
        priceOfBook(candidate, {
          tenant,
          version: latest + 1 + at,
          effectiveFrom: instantOf(candidate),
        }),
      ),
    ];
  }
}

function instantOf({ key, effectiveFrom }: BookPrice): number {
  const parsed = parseMicros(effectiveFrom);
  if (parsed.outcome === 'refused') throw new Error(`candidate ${key}: ${parsed.reason}`);
  return parsed.micros;
}
