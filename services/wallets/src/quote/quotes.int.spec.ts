import { runAsTenant } from '@farthing/adapters/postgres/api-transaction';
import { makeKeyPem, signingKeyFrom } from '@farthing/adapters/signing/ed25519-key';
import type { CatalogThing } from '@farthing/contracts/catalog/catalog-things';
import { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { isSignedBy, publicKeyOf, readQuoteToken } from '@farthing/domain/quote/quote-token';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  charge,
  introduces,
  JANUARY,
  openWalletsDatabase,
  rated,
  SentRecords,
  UNIT,
  type WalletsDatabase,
} from '../wallets-harness.spec.js';
import { meter, price, tenant, THINGS } from './quoted-catalog.spec.js';
import { Quotes, type AskedQuote, type GivenQuote, type QuoteOutcome } from './quotes.js';

const NOW = JANUARY + 43_200_000_000;
const TEN_MINUTES = 600_000_000;
const KEY = signingKeyFrom(makeKeyPem());

let wallets: WalletsDatabase;

beforeAll(async () => {
  wallets = await openWalletsDatabase();
  const log = [
    rated([0n, 9n], {
      echoes: [introduces(0n), introduces(0n, { customer: 'planless', plan: '' })],
      charges: [
        charge({ offset: 1n, amountNanos: 2_000_000n, quantityAfter: UNIT }),
        charge({ offset: 2n, amountNanos: 2_000_000n, quantityAfter: 2n * UNIT }),
        charge({ offset: 3n, n: 1, price: 'traffic', amountNanos: 5n, quantityAfter: 7n * UNIT }),
      ],
    }),
    rated([9n, 12n], {
      echoes: [
        introduces(9n, { customer: 'lost', plan: 'gone' }),
        introduces(9n, { customer: 'own', priceOverrides: ['own_read', 'view'] }),
        introduces(9n, { customer: 'plain' }),
      ],
      charges: [charge({ offset: 10n, amountNanos: 1_500_000n, quantityAfter: 3n * UNIT })],
    }),
  ];
  await wallets.worker(new SentRecords()).apply(log);
});

afterAll(async () => wallets?.close());

function quotesOf(things: readonly CatalogThing[] = THINGS, signed = true) {
  const view = new CatalogView();
  things.forEach((thing, at) => view.apply({ catalogVersion: at + 1, thing }));
  const freshness = { asOfNow: async () => undefined };
  const clock = { nowMicros: () => NOW } as never;
  const signer = () => (signed ? KEY : undefined);
  return { view, quotes: new Quotes({ view, freshness, clock, signer, ttlMs: 600_000 }) };
}

async function ask(given: Partial<AskedQuote>, quotes = quotesOf().quotes): Promise<QuoteOutcome> {
  const metered = await quotes.meter({
    tenant: 'acme',
    customer: 'alice',
    type: 'article.read',
    properties: { bytes: 1_000 },
    at: undefined,
    ...given,
  });
  if (metered.outcome === 'refused') return metered;
  return runAsTenant(wallets.api, { tenantId: 'acme', readOnly: true }, (tx) =>
    quotes.price(tx, metered),
  );
}

async function quoted(given: Partial<AskedQuote>, quotes?: Quotes): Promise<GivenQuote> {
  const outcome = await ask(given, quotes);
  if (outcome.outcome === 'refused') throw new Error(outcome.reason);
  return outcome.given;
}

describe('a quote', () => {
  it('prices the use from where each price of the plan stands, in the currency of the customer', async () => {
    const { quote, amount, parts } = await quoted({});
    expect(quote.charges).toEqual([
      { meter: 'reads', price: 'per_read', version: 1, cell: '', amount: 1_500_000n },
      { meter: 'bytes', price: 'traffic', version: 1, cell: '', amount: 1_000_000n },
    ]);
    expect(amount).toBe(2_500_000n);
    expect(parts.map(({ charge: { reading } }) => reading)).toMatchObject([
      { quantityBefore: 3n * UNIT, quantityAfter: 4n * UNIT },
      { quantityBefore: 7n * UNIT, quantityAfter: 1_007n * UNIT },
    ]);
    expect(parts[0]!.sentence).toBe('An article: units 3 to 4: 1 at 0.0015 = 0.001500000 USD');
  });

  it('begins at nothing in a period without use', async () => {
    const at = JANUARY - 1;
    expect((await quoted({ at })).quote.charges[0]!.amount).toBe(2_000_000n);
  });

  it('of an unknown customer goes by the defaults of the tenant', async () => {
    expect((await quoted({ customer: 'nobody' })).amount).toBe(3_000_000n);
  });

  it("goes by a customer's own prices in place of those of its plan", async () => {
    const { quote } = await quoted({ customer: 'own' });
    expect(quote.charges.map(({ price: key, amount }) => [key, amount])).toEqual([
      ['own_read', 1_000_000n],
      ['traffic', 1_000_000n],
    ]);
    expect((await quoted({ customer: 'plain' })).amount).toBe(3_000_000n);
  });

  it('finds the cell of a matrix', async () => {
    const given = await quoted({ type: 'views', properties: { format: 'video' } });
    expect(given.quote.charges).toMatchObject([
      { cell: '{"format":"video"}', amount: 50_000_000n },
    ]);
  });

  it('of an amount on the event is that amount', async () => {
    const { amount, parts } = await quoted({ type: 'tips', properties: { tip: '2.50' } });
    expect(amount).toBe(2_500_000_000n);
    expect(parts[0]!.sentence).toBe(
      'An article: amount 2.5: 2.5 as the event says = 2.500000000 USD',
    );
  });

  it('of what nothing prices is a quote of nothing', async () => {
    expect(await quoted({ type: 'free' })).toMatchObject({ amount: 0n, parts: [] });
  });

  it('is signed and binds until it expires', async () => {
    const { quote, token } = await quoted({ at: NOW + 5 });
    expect(quote).toMatchObject({ issuedAt: NOW, expiresAt: NOW + 5 + TEN_MINUTES });
    const read = readQuoteToken(token);
    if (read.outcome === 'refused') throw new Error(read.reason);
    expect(read.token).toMatchObject({ quote, keyId: KEY.keyId });
    expect(isSignedBy(read.token, publicKeyOf(KEY.publicKey))).toBe(true);
  });

  it('waits for the catalog where the type is not known', async () => {
    const { view, quotes } = quotesOf(THINGS);
    const late = new Quotes({
      view,
      freshness: {
        asOfNow: async () =>
          view.apply({ catalogVersion: view.version + 1, thing: meter('new', {}) }),
      },
      clock: { nowMicros: () => NOW } as never,
      signer: () => KEY,
      ttlMs: 1,
    });
    expect(await ask({ type: 'new' }, quotes)).toMatchObject({ reason: 'unknown_type' });
    expect(await ask({ type: 'new' }, late)).toMatchObject({ outcome: 'quoted' });
  });
});

const DAY = 86_400_000_000;

it.each<[string, Partial<AskedQuote>, string?]>([
  ['at_out_of_range', { at: NOW - DAY - 1 }],
  ['at_out_of_range', { at: NOW + DAY + 1 }],
  ['unknown_type', { type: 'unheard.of' }, '/type'],
  ['value_missing', { properties: {} }, '/data/bytes'],
  ['not_a_number', { properties: { bytes: 'many' } }, '/data/bytes'],
  ['negative_quantity', { properties: { bytes: -1 } }, '/data/bytes'],
  ['number_not_exact', { properties: { bytes: 0.1 } }, '/data/bytes'],
  ['too_many_decimals', { properties: { bytes: '0.0000000001' } }, '/data/bytes'],
  ['property_not_text', { type: 'views', properties: { format: {} } }, '/data/format'],
  ['customer_without_plan', { customer: 'planless' }],
  ['unknown_plan', { customer: 'lost' }],
  ['no_price_in_force', { type: 'later' }],
  ['no_cell_for_event', { type: 'views', properties: { format: 'comic' } }],
  ['quantity_out_of_range', { properties: { bytes: '99999999999999999999999' } }, '/data/bytes'],
  ['earlier_events_not_quotable', { type: 'sales', properties: { price: 5 } }],
  ['amount_below_minimum', { type: 'tips', properties: { tip: '0.99' } }],
  ['amount_above_maximum', { type: 'tips', properties: { tip: 51 } }],
  ['unlock_not_quotable', { type: 'chapter.opened', properties: { chapter: '1' } }],
  ['aggregation_not_quotable', { type: 'visitors', properties: { visitor: 'ann' } }],
  ['aggregation_not_quotable', { type: 'stored' }],
  ['amount_out_of_range', { type: 'views', properties: { format: 'video' } }],
  ['unknown_customer', { customer: 'nobody' }],
])('refuses with %s', async (reason, given, pointer = '') => {
  const things = THINGS.map((thing) => {
    if (reason === 'unknown_customer' && thing.kind === 'tenant') return tenant('acme', 'refuse');
    if (reason !== 'amount_out_of_range' || thing.kind !== 'price') return thing;
    const model = { kind: 'per_unit', unitPrice: '9999999999999' } as const;
    const { price: old } = thing;
    return old.key === 'view' ? price('view', { meterKey: 'views', model }) : thing;
  });
  expect(await ask(given, quotesOf(things).quotes)).toEqual({
    outcome: 'refused',
    reason,
    pointer,
  });
});

it('refuses while rating could not check its signature', async () => {
  expect(await ask({}, quotesOf(THINGS, false).quotes)).toMatchObject({
    reason: 'signing_key_unpublished',
  });
});

it('refuses what would make a token that no door takes', async () => {
  const many = Array.from({ length: 80 }, (_, at) => `p${String(at).padStart(2, '0')}`);
  const prices = many.map((key) => price(key, {}));
  const plan = { tenant: 'acme', key: 'standard', version: 2, prices: many };
  const things: CatalogThing[] = [...THINGS, ...prices, { kind: 'plan', plan }];
  expect(await ask({}, quotesOf(things).quotes)).toMatchObject({ reason: 'quote_too_large' });
});
