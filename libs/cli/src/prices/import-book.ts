import { z } from 'zod';
import type { ApiClient, ApiRequest } from '@farthing/adapters/http/api-client';
import type { BookChange } from '@farthing/domain/price-book/diff-price-books';
import type { PriceBook } from '@farthing/domain/price-book/price-book';
import { parseMicros } from '@farthing/domain/period/micros';

/** Those that catalog has to be told of; it keeps what a book leaves out. */
export function changesToMake(changes: readonly BookChange[]): BookChange[] {
  return changes.filter(({ change }) => change === 'added' || change === 'changed');
}

/**
 * Makes what a book adds and changes: meters, then prices, then plans, since each names the ones
 * before. Every request can be sent twice, so an import that broke off is simply started again.
 */
export async function importBook(
  api: ApiClient,
  book: PriceBook,
  changes: readonly BookChange[],
): Promise<void> {
  const wanted = new Set(changesToMake(changes).map(nameOf));
  for (const { key, ...document } of book.meters) {
    if (wanted.has(`meter ${key}`))
      await send(api, 'PUT', `/v1/meters/${encodeURIComponent(key)}`, document);
  }
  for (const price of book.prices) {
    const name = `price ${price.key} ${instantOf(price.effectiveFrom)}`;
    if (wanted.has(name)) await send(api, 'POST', '/v1/prices', price);
  }
  for (const { key, ...document } of book.plans) {
    if (wanted.has(`plan ${key}`))
      await send(api, 'PUT', `/v1/plans/${encodeURIComponent(key)}`, document);
  }
}

function nameOf(change: BookChange): string {
  const instant = 'effectiveFrom' in change ? ` ${instantOf(change.effectiveFrom ?? '')}` : '';
  return `${change.thing} ${change.key}${instant}`;
}

function instantOf(text: string): string {
  const parsed = parseMicros(text);
  return parsed.outcome === 'parsed' ? String(parsed.micros) : text;
}

async function send(
  api: ApiClient,
  method: NonNullable<ApiRequest['method']>,
  path: string,
  document: unknown,
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await api.json(path, z.unknown(), { method, headers, body: JSON.stringify(document) });
}
