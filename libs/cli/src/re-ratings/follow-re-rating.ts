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
export function follow(api: ApiClient, id: string): Promise<ReRating> {
  return followWhile(api, id, ['queued', 'running'], ({ charges, progress: { customers } }) => {
    return `${charges} charges, ${customers.done} of ${customers.of} customers`;
  });
}

/** Until each control record is applied, or writing them has failed. */
export function followApplying(api: ApiClient, id: string): Promise<ReRating> {
  return followWhile(api, id, ['applying'], ({ application }) => {
    const { adjusted = 0, leftOut = 0, charges = 0 } = application ?? {};
    return `${adjusted + leftOut} of ${charges} charges`;
  });
}

async function followWhile(
  api: ApiClient,
  id: string,
  states: ReadonlyArray<ReRating['state']>,
  progressOf: (reRating: ReRating) => string,
): Promise<ReRating> {
  const progress = new Progress();
  for (;;) {
    const reRating = await api.json(`/v1/re-ratings/${encodeURIComponent(id)}`, reRatingSchema);
    progress.show(`${reRating.state}: ${progressOf(reRating)}`);
    if (!states.includes(reRating.state)) {
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
