import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { recordVersion } from '../versions/record-version.js';
import { findLatestVersion, type ThingName } from '../versions/versions.repository.js';
import { apiKeyAnswer, apiKeyThing } from './api-key.schema.js';
import type { ApiKeyDocument } from './api-keys.repository.js';

/** For good. A key that was revoked before answers the same. */
export async function revokeApiKey(
  tx: Transaction,
  { tenant, id }: { readonly tenant: string; readonly id: string },
): Promise<CommandAnswer<ReturnType<typeof apiKeyAnswer>>> {
  const name: ThingName = { tenant, kind: 'api_key', key: id };
  const latest = await findLatestVersion<ApiKeyDocument>(tx, name);
  if (!latest) throw refusal('unknown_thing');
  const document = { ...latest.document, revoked: true };
  const { stored, changed, message } = await recordVersion<ApiKeyDocument>(tx, {
    ...name,
    document,
    thingOf: apiKeyThing,
  });
  const body = apiKeyAnswer(stored);
  return { status: 200, body, messages: [message], kind: 'api_key', changed };
}
