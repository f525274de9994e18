import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { recordVersion } from '../versions/record-version.js';
import { meterAnswer, meterDocument, meterThing } from './meter.schema.js';
import type { MeterAnswer, MeterBody } from './meter.schema.js';

/** A meter, or its next version. */
export async function putMeter(
  tx: Transaction,
  name: { readonly tenant: string; readonly key: string },
  body: MeterBody,
): Promise<CommandAnswer<MeterAnswer>> {
  const { stored, changed, message } = await recordVersion(tx, {
    ...name,
    kind: 'meter',
    document: meterDocument(body),
    thingOf: meterThing,
  });
  const answer = meterAnswer(stored);
  return { status: 200, body: answer, messages: [message], kind: 'meter', changed };
}
