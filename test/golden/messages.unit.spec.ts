import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { DocumentMessageSchema } from '@farthing/contracts/generated/farthing/invoicing/v1/document_pb';
import { CustomerProfileSchema } from '@farthing/contracts/generated/farthing/catalog/v1/profile_pb';
import { EnvelopeBuilder } from '@farthing/contracts/wire/envelope-builder';
import { eventAt } from '@farthing/contracts/wire/envelope-columns';
import { decodePaidMessage, encodePaidMessage } from '@farthing/contracts/wire/paid-message';
import { decodeRatedMessage, encodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { decodeUsageRecord, encodeControlRecord } from '@farthing/contracts/wire/usage-record';
import {
  catalogEntryFromMessage,
  catalogEntryToMessage,
} from '@farthing/contracts/catalog/catalog-message';
import { CATALOG, METERS, PRICES } from './catalog.js';
import {
  APPLIED_HOLDS,
  CHARGES,
  CONTROL_RECORDS,
  ECHOES,
  EVENTS,
  PAYMENTS,
  RANGE,
} from './messages.js';

/** The frozen bytes, in hex, lines of 64 digits. */
const frozen = (name: string) =>
  Buffer.from(
    readFileSync(new URL(`v1/${name}.hex`, import.meta.url), 'utf8').replace(/\s/g, ''),
    'hex',
  );

async function expectFrozen(name: string, bytes: Uint8Array): Promise<void> {
  const lines = Buffer.from(bytes)
    .toString('hex')
    .replace(/(.{64})/g, '$1\n');
  await expect(`${lines}\n`).toMatchFileSnapshot(`v1/${name}.hex`);
}

describe('messages of version 1', () => {
  it('an envelope', async () => {
    const builder = new EnvelopeBuilder(9);
    for (const event of EVENTS) builder.add(event);
    await expectFrozen('envelope', builder.finish());
    const decoded = decodeUsageRecord(frozen('envelope'));
    if (decoded.case !== 'envelope') throw new Error('not an envelope');
    expect(EVENTS.map((_, i) => eventAt(decoded.envelope, i))).toEqual(EVENTS);
  });

  it.each(CONTROL_RECORDS)('control record $case', async (record) => {
    await expectFrozen(`control-${record.case}`, encodeControlRecord(record));
    const decoded = decodeUsageRecord(frozen(`control-${record.case}`));
    if (decoded.case !== 'control') throw new Error('not a control record');
    expect(decoded.control).toMatchObject(record);
  });

  it('a rated message', async () => {
    const content = { ...RANGE, echoes: ECHOES, appliedHolds: APPLIED_HOLDS, charges: CHARGES };
    await expectFrozen('rated', encodeRatedMessage(content));
    expect(decodeRatedMessage(frozen('rated'))).toMatchObject(content);
  });

  it('a rated message with what came before a charge', async () => {
    const [plain, counted] = CHARGES;
    const pricedBefore = { events: 300, amount: -5n };
    const charges = [plain!, { ...counted!, pricedBefore }];
    const content = { ...RANGE, echoes: [], appliedHolds: [], charges };
    await expectFrozen('rated-pricedBefore', encodeRatedMessage(content));
    expect(decodeRatedMessage(frozen('rated-pricedBefore'))).toMatchObject(content);
  });

  it('a paid message', async () => {
    const content = { ...RANGE, echoes: ECHOES, payments: PAYMENTS };
    await expectFrozen('paid', encodePaidMessage(content));
    expect(decodePaidMessage(frozen('paid'))).toMatchObject(content);
  });

  it.each(CATALOG)('catalog record of a $thing.kind', async (entry) => {
    const name = `catalog-${entry.thing.kind}`;
    await expectFrozen(name, catalogEntryToMessage(entry));
    expect(catalogEntryFromMessage(frozen(name))).toEqual(entry);
  });

  it.each(PRICES)('catalog record of a price: %s', async (price, entry) => {
    const name = `catalog-price-${price}`;
    await expectFrozen(name, catalogEntryToMessage(entry));
    expect(catalogEntryFromMessage(frozen(name))).toEqual(entry);
  });

  it.each(METERS)('catalog record of a meter: %s', async (meter, entry) => {
    const name = `catalog-meter-${meter}`;
    await expectFrozen(name, catalogEntryToMessage(entry));
    expect(catalogEntryFromMessage(frozen(name))).toEqual(entry);
  });

  it('a document message', async () => {
    const content = {
      schemaVersion: 1,
      commandId: 'finalized:inv_1',
      tenant: 'acme',
      customer: 'alice',
      invoiceId: 'inv_1',
      currency: 'USD',
      bookedAtMicros: 5n,
      event: {
        case: 'finalized' as const,
        value: { number: '1', netNanos: 10_000_000n, taxOnTopNanos: 2_000_000n },
      },
    };
    const message = create(DocumentMessageSchema, content);
    await expectFrozen('document', toBinary(DocumentMessageSchema, message));
    expect(fromBinary(DocumentMessageSchema, frozen('document'))).toMatchObject(content);
  });

  it('a customer profile', async () => {
    const content = {
      schemaVersion: 1,
      tenant: 'acme',
      customer: 'alice',
      version: 2n,
      name: 'Älice',
    };
    const message = create(CustomerProfileSchema, content);
    await expectFrozen('profile', toBinary(CustomerProfileSchema, message));
    expect(fromBinary(CustomerProfileSchema, frozen('profile'))).toMatchObject(content);
  });
});
