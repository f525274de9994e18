import { expect, test } from 'vitest';
import { canonicalJson } from '../proof/canonical-json.js';
import { sha256 } from '../proof/merkle-tree.js';
import { cellFromText, leafOfCharge, type ChargeInStatement } from './leaf-of-charge.js';

const SALT = new Uint8Array(32).fill(7);
const BODY = new Uint8Array(32).fill(9);
const AUGUST = Date.UTC(2026, 7) * 1_000;
const SEPTEMBER = Date.UTC(2026, 8) * 1_000;

/** A minimum: it has the least to say. */
const MINIMUM: ChargeInStatement = {
  offset: 12n,
  index: 3,
  n: 0,
  tenant: 'acme',
  customer: 'ann',
  currency: 'USD',
  corrects: '',
  source: '',
  eventId: '',
  type: '',
  meter: 'articles',
  price: 'reading',
  priceVersion: 2,
  cell: '',
  occurredAt: SEPTEMBER,
  usageFrom: AUGUST,
  usageTo: SEPTEMBER,
  bookingFrom: AUGUST,
  bookingTo: SEPTEMBER,
  quantityBefore: 0n,
  quantityAfter: 2_500_000_000n,
  amountNanos: -1n,
  quoteDifferenceNanos: 0n,
  bodyHash: new Uint8Array(32),
  shares: [],
};

const AROUND = { generation: 1, partition: 4, salt: SALT };

test('of a minimum there is no event, no share and no data', () => {
  const leaf = leafOfCharge(MINIMUM, { ...AROUND, kind: 'minimum' });
  expect(canonicalJson({ ...leaf })).toBe(
    '{"amount":"-0.000000001","bookingFrom":"2026-08-01T00:00:00.000000Z","bookingTo":"2026-09-01T00:00:00.000000Z",' +
      '"currency":"USD","customer":"ann","id":"chg_1-4-12-3-0","kind":"minimum","meter":"articles","price":"reading",' +
      '"priceVersion":2,"quantityAfter":"2.500000000","quantityBefore":"0.000000000","shares":[],"tenant":"acme",' +
      '"usageFrom":"2026-08-01T00:00:00.000000Z","usageTo":"2026-09-01T00:00:00.000000Z","v":1}',
  );
});

const bare = leafOfCharge(MINIMUM, { ...AROUND, kind: 'minimum' });

test.each<[string, Partial<ChargeInStatement>, object]>([
  [
    'the event',
    { eventId: 'e-1', source: 'web', type: 'article.read', occurredAt: AUGUST + 1 },
    {
      event: 'e-1',
      source: 'web',
      type: 'article.read',
      occurredAt: '2026-08-01T00:00:00.000001Z',
    },
  ],
  ['what it corrects', { corrects: 'chg_1-4-2-0-0' }, { corrects: 'chg_1-4-2-0-0' }],
  ['its cell', { cell: '{"format":"video"}' }, { cell: { format: 'video' } }],
  [
    'what came before it',
    { pricedBefore: { events: 0, amount: 5n } },
    { eventsBefore: 0, amountBefore: '0.000000005' },
  ],
  ['a quote', { quoteDifferenceNanos: -2n }, { quoteDifference: '-0.000000002' }],
  [
    'shares',
    { shares: [{ creator: 'joe', amountNanos: 3n }] },
    { shares: [{ creator: 'joe', amount: '0.000000003' }] },
  ],
  [
    'its data, salted',
    { bodyHash: BODY },
    { dataHash: Buffer.from(sha256(SALT, BODY)).toString('hex') },
  ],
])('a leaf says %s where there is one', (_, changes, expected) => {
  const leaf = leafOfCharge({ ...MINIMUM, ...changes }, { ...AROUND, kind: 'minimum' });
  expect(leaf).toEqual({ ...bare, ...expected });
});

test('no text is no cell', () => {
  expect(cellFromText('')).toEqual({});
});
