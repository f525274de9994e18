import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@farthing/adapters/http/api-client';
import { Progress } from '../terminal/progress.js';
import { reRatingSchema, sumSchema, type ReRating, type Sum } from './re-rating-answers.js';

/** Those whose amounts move most. */
export interface Movers {
  readonly customers: readonly Sum[];
  readonly creators: readonly Sum[];
}

const POLL_MS = 300;

/** Until the diff is finished, or has failed. */
export async function follow(api: ApiClient, id: string): Promise<ReRating> {
  const progress = new Progress();
  for (;;) {
    const reRating = await api.json(`/v1/re-ratings/${encodeURIComponent(id)}`, reRatingSchema);
    const { state, charges } = reRating;
    const { done, of } = reRating.progress.customers;
    progress.show(`${state}: ${charges} charges, ${done} of ${of} customers`);
    if (state !== 'queued' && state !== 'running') {
      progress.done();
      return reRating;
    }
    await sleep(POLL_MS);
  }
}

/** Until each control record is applied, or writing them has failed. */
export async function followApplying(api: ApiClient, id: string): Promise<ReRating> {
  const progress = new Progress();
  for (;;) {
    const reRating = await api.json(`/v1/re-ratings/${encodeURIComponent(id)}`, reRatingSchema);
    const { state, application } = reRating;
    const { adjusted = 0, leftOut = 0, charges = 0 } = application ?? {};
    progress.show(`${state}: ${adjusted + leftOut} of ${charges} charges`);
    if (state !== 'applying') {
      progress.done();
      return reRating;
    }
    await sleep(POLL_MS);
  }
}

export async function moversBy(api: ApiClient, id: string, limit: number): Promise<Movers> {
  return {
    customers: await moversOf(api, id, { of: 'customer', limit }),
    creators: await moversOf(api, id, { of: 'creator', limit }),
  };
}

async function moversOf(
  api: ApiClient,
  id: string,
  { of, limit }: { readonly of: 'customer' | 'creator'; readonly limit: number },
): Promise<Sum[]> {
  const query = `of=${of}&limit=${Math.max(limit, 1)}`;
  const { items } = await api.json(
    `/v1/re-ratings/${encodeURIComponent(id)}/sums?${query}`,
    sumSchema,
  );
  return items.filter(({ changed }) => changed > 0).slice(0, limit);
}
