import type { ApiClient } from '@farthing/adapters/http/api-client';
import { mergePriceBooks } from '@farthing/domain/price-book/merge-price-books';
import type { PriceBook } from '@farthing/domain/price-book/price-book';
import { compileBook, priceUsage } from '@farthing/domain/price-book/price-usage';
import { readTerms, readUsage } from './read-usage.js';

export interface BookPreview {
  readonly customers: readonly PreviewedCustomer[];
  /** Price keys that neither book is asked about: a month's quantity does not decide their cost. */
  readonly leftOut: readonly string[];
  /** Customers with usage whose plan catalog does not know. */
  readonly unknownCustomers: number;
}

export interface PreviewedCustomer {
  readonly customer: string;
  readonly currency: string;
  /** Nanos, under the present book and under the proposed one. */
  readonly before: bigint;
  readonly after: bigint;
}

export interface PreviewTerms {
  /** Both books are read as of this instant: microseconds since the epoch. */
  readonly at: number;
  /** RFC 3339, half-open. */
  readonly from: string;
  readonly to: string;
}

/** Prices the usage of a month under what catalog has and under what it would have. */
export async function previewBook(
  api: ApiClient,
  books: { readonly present: PriceBook; readonly proposed: PriceBook },
  { at, from, to }: PreviewTerms,
): Promise<BookPreview> {
  const before = compileBook(books.present, at);
  const after = compileBook(mergePriceBooks(books.present, books.proposed), at);
  const leftOut = new Set([...before.notByQuantity, ...after.notByQuantity]);
  const terms = await readTerms(api);
  const customers: PreviewedCustomer[] = [];
  let unknownCustomers = 0;
  for await (const { customer, quantities } of readUsage(api, { from, to })) {
    const known = terms.get(customer);
    if (known === undefined) {
      unknownCustomers += 1;
      continue;
    }
    const usage = { ...known, quantities };
    customers.push({
      customer,
      currency: known.currency,
      before: priceUsage(before, usage, leftOut),
      after: priceUsage(after, usage, leftOut),
    });
  }
  return { customers, leftOut: [...leftOut].toSorted(), unknownCustomers };
}
