import {
  authenticate,
  authenticationProblem,
  scopeProblem,
} from '@farthing/adapters/http/bearer-auth';
import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { CatalogFreshness } from '@farthing/adapters/catalog-feed/catalog-freshness';
import type { Sender } from '../rate-limits/rate-limits.js';

const SCOPE = 'events:write';

export interface SenderAuthentication {
  readonly view: CatalogView;
  readonly freshness: Pick<CatalogFreshness, 'asOfNow'>;
  readonly deadlineMs: number;
}

/**
 * Whose key the header presents; throws a `Problem` (401, 403) for one that may not send events. A key is unknown
 * only after the catalog was read to its end, so one made a second ago works.
 */
export async function authenticateSender(
  authorization: string | undefined,
  { view, freshness, deadlineMs }: SenderAuthentication,
): Promise<Sender> {
  const lookup = (sha256: string) => view.apiKeyBySha256(sha256);
  let answer = authenticate(authorization, lookup);
  if (answer.outcome === 'refused' && answer.code === 'api_key_unknown') {
    await freshness.asOfNow(deadlineMs);
    answer = authenticate(authorization, lookup);
  }
  if (answer.outcome === 'refused') throw authenticationProblem(answer.code);
  if (!answer.scopes.includes(SCOPE)) throw scopeProblem(SCOPE);
  return { tenant: answer.tenant, keyId: answer.keyId };
}
