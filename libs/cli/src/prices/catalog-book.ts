import { z } from 'zod';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import type { BookPrice, PriceBook } from '@farthing/domain/price-book/price-book';

const thing = z.looseObject({ key: z.string(), version: z.number() });
type Thing = z.infer<typeof thing>;
const priceThing = thing.extend({ effectiveFrom: z.string() });

/**
 * All that catalog has, as a book that imports to no change. Of versions of a price that begin at
 * the same instant only the last is in it: the others never apply again.
 */
export async function readCatalogBook(api: ApiClient): Promise<PriceBook> {
  const [meters, prices, plans] = [
    await latestOf(api, 'meters'),
    await latestOf(api, 'prices'),
    await latestOf(api, 'plans'),
  ];
  const versions: BookPrice[] = [];
  for (const latest of prices) versions.push(...(await versionsOf(api, latest)));
  return {
    meters: meters.map(entryOf) as unknown as PriceBook['meters'],
    prices: versions,
    plans: plans.map(entryOf) as unknown as PriceBook['plans'],
  };
}

async function latestOf(api: ApiClient, things: 'meters' | 'prices' | 'plans'): Promise<Thing[]> {
  const found: Thing[] = [];
  for await (const one of api.pages(`/v1/${things}?limit=1000`, thing)) found.push(one);
  return found;
}

/** By the instant from which they apply. */
async function versionsOf(api: ApiClient, { key, version }: Thing): Promise<BookPrice[]> {
  const byInstant = new Map<string, BookPrice>();
  for (let number = 1; number <= version; number += 1) {
    const price = await api.json(`/v1/prices/${key}/versions/${number}`, priceThing);
    byInstant.set(price.effectiveFrom, entryOf(price) as unknown as BookPrice);
  }
  return [...byInstant.keys()].toSorted().map((instant) => byInstant.get(instant)!);
}

/** Without what catalog adds to the document that it was given. */
function entryOf({
  version: _version,
  catalogVersion: _catalogVersion,
  reading: _reading,
  ...entry
}: Thing): Record<string, unknown> {
  return entry;
}
