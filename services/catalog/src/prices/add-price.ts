import type { Transaction } from '@farthing/adapters/postgres/transaction';
import { checkMeterOfModel } from '@farthing/domain/pricing/model-meter';
import type { CommandAnswer } from '../commands.js';
import { refusal } from '../errors.js';
import { recordVersion } from '../versions/record-version.js';
import type { MeterDocument } from '../meters/meter.schema.js';
import { findLatestVersion, lockCatalog } from '../versions/versions.repository.js';
import { priceAnswer, priceDocument, priceThing } from './price.schema.js';
import type { PriceAnswer, PriceBody } from './price.schema.js';
import { isPriceArchived } from './archived-prices.repository.js';

/**
 * The next version of a price key that is not archived, or the latest one when the document is the same. Usage to date carries over from
 * version to version, so meter and currency are those of the first.
 */
export async function addPrice(
  tx: Transaction,
  tenant: string,
  body: PriceBody,
): Promise<CommandAnswer<PriceAnswer>> {
  const name = { tenant, kind: 'price', key: body.key } as const;
  // Before the meter is read, so that it still has its dimensions when the price is made.
  await lockCatalog(tx);
  if (await isPriceArchived(tx, name)) throw refusal('price_archived', '/key');
  const meterName = { tenant, kind: 'meter', key: body.meter } as const;
  const meter = await findLatestVersion<MeterDocument>(tx, meterName);
  if (!meter) throw refusal('unknown_meter', '/meter');
  refuseMeter(body.model, meter.document);
  const { stored, changed, message } = await recordVersion(tx, {
    ...name,
    document: priceDocument(body),
    checkSuccession: ({ meterKey, currency }) => {
      if (meterKey !== body.meter) throw refusal('meter_differs', '/meter');
      if (currency !== body.currency) throw refusal('currency_differs', '/currency');
    },
    thingOf: priceThing,
  });
  const status = changed ? 201 : 200;
  return { status, body: priceAnswer(stored), messages: [message], kind: 'price', changed };
}

/** A cell of a dimension that the meter does not read would never be reached, an item of one never be named. */
function refuseMeter(model: PriceBody['model'], meter: MeterDocument): void {
  const [fault] = checkMeterOfModel(model, meter);
  if (fault) throw refusal(fault.reason, fault.pointer);
  const isMetered = (name: string) => meter.dimensions.some((dimension) => dimension.name === name);
  if (model.kind === 'unlock' && !isMetered(model.item)) {
    throw refusal('unknown_dimension', '/model/item');
  }
  if (model.kind !== 'matrix') return;
  const unknown = model.dimensions.findIndex((name) => !isMetered(name));
  if (unknown >= 0) throw refusal('unknown_dimension', `/model/dimensions/${unknown}`);
}
