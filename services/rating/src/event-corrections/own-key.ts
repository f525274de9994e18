import type { EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import type { RatingWork } from '../rate-batch/apply-events.js';
import { insertIntoInbox, selectTaken } from '../rate-batch/inbox.repository.js';

/** How the key of an event that corrects another is taken, if it is: by the same body, or by another. */
export async function findTaken(
  { tx, week }: RatingWork,
  { keys, bodyHashes }: EnvelopeColumns,
): Promise<'duplicate' | 'conflict' | undefined> {
  const here = await selectTaken(tx, [keys], { week, others: false });
  const [taken] = here.length > 0 ? here : await selectTaken(tx, [keys], { week, others: true });
  if (!taken) return undefined;
  return taken.hash.equals(bodyHashes) ? 'duplicate' : 'conflict';
}

/** False when another partition took it meanwhile. */
export function takeKey(
  { tx, week, partition }: RatingWork,
  { keys, bodyHashes, strings, tenants }: EnvelopeColumns,
  offset: bigint,
): Promise<boolean> {
  const tenant = strings[tenants[0]!]!;
  return insertIntoInbox(tx, { key: keys, hash: bodyHashes, tenant, offset, week, partition });
}
