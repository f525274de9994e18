import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { recordVersion } from '../versions/record-version.js';
import { meterAnswer, meterDocument, meterThing } from './meter.schema.js';
import type { MeterAnswer, MeterBody } from './meter.schema.js';

/**
 * A meter, or its next version. What was used to date goes on from version to version, so the aggregation is that of
 * the first.
 */
export async function putMeter(
  tx: Transaction,
  name: { readonly tenant: string; readonly key: string },
  body: MeterBody,
): Promise<CommandAnswer<MeterAnswer>> {
  const { stored, changed, message } = await recordVersion(tx, {
    ...name,
    kind: 'meter',
    document: meterDocument(body),
    checkSuccession: ({ aggregation }) => {
      if (aggregation !== body.aggregation) throw refusal('aggregation_differs', '/aggregation');
    },
    thingOf: meterThing,
  });
  const answer = meterAnswer(stored);
  return { status: 200, body: answer, messages: [message], kind: 'meter', changed };
}
