import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ONE, parseQuantity } from '../metering/quantity.js';
import { mantissaAt } from '../money/decimal.js';
import { formatNanos } from '../money/nanos.js';
import { ruleOf } from './any-price-rule.js';
import { anyQuantity, anyRule, KINDS } from './any-rule.spec.js';
import { costOf } from './cost.js';
import { checkPriceRule, compileRule, type PriceRule } from './price-rule.js';
import type { Tier } from './tier.js';
import { unitPrice } from './unit-price.js';

const volume = (...tiers: Tier[]): PriceRule => ({ model: { kind: 'volume', tiers } });
const graduated = (...tiers: Tier[]): PriceRule => ({ model: { kind: 'graduated', tiers } });
const packages = (size: string, packagePrice: string): PriceRule => ({
  model: { kind: 'package', size, packagePrice },
});
const perUnit = (price: string): PriceRule => ({ model: { kind: 'per_unit', unitPrice: price } });

function quantityOf(text: string): bigint {
  const parsed = parseQuantity(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.quantity;
}

type Costs = readonly (readonly [quantity: string, cost: string])[];

test.each<[string, PriceRule, Costs]>([
  [
    'volume prices all of it by the tier of the total',
    volume({ upTo: '100', unitPrice: '0.002' }, { unitPrice: '0.001' }),
    [
      ['0', '0.000000000'],
      ['0.000000001', '0.000000000'],
      ['1', '0.002000000'],
      ['99', '0.198000000'],
      ['100', '0.200000000'],
      ['100.000000001', '0.100000000'],
      ['101', '0.101000000'],
    ],
  ],
  [
    'volume adds the flat fee of that tier alone',
    volume(
      { upTo: '100', unitPrice: '0.01', flatFee: '5' },
      { upTo: '200', unitPrice: '0.005', flatFee: '7' },
      { unitPrice: '0.005' },
    ),
    [
      ['0', '0.000000000'],
      ['0.000000001', '5.000000000'],
      ['100', '6.000000000'],
      ['100.5', '7.502500000'],
      ['200', '8.000000000'],
      ['201', '1.005000000'],
    ],
  ],
  [
    'volume counts blocks over the whole total',
    volume({ upTo: '100', unitPrice: '1', blockSize: '30' }, { unitPrice: '0.5', blockSize: '40' }),
    [
      ['0', '0.000000000'],
      ['30', '1.000000000'],
      ['30.000000001', '2.000000000'],
      ['100', '4.000000000'],
      ['101', '1.500000000'],
      ['120', '1.500000000'],
      ['121', '2.000000000'],
    ],
  ],
  [
    'a package is paid once it is begun',
    packages('100', '0.5'),
    [
      ['0', '0.000000000'],
      ['0.000000001', '0.500000000'],
      ['99', '0.500000000'],
      ['100', '0.500000000'],
      ['100.000000001', '1.000000000'],
      ['101', '1.000000000'],
      ['200', '1.000000000'],
    ],
  ],
  [
    'a package may be a fraction, at less than a nano',
    packages('0.5', '0.000000000500000001'),
    [
      ['0.5', '0.000000001'],
      ['1', '0.000000001'],
      ['1.5', '0.000000002'],
      ['1000000000', '1.000000002'],
    ],
  ],
  [
    'graduated counts blocks from the lower bound, and pays the one that is cut whole',
    graduated(
      { upTo: '10', unitPrice: '1', blockSize: '4', flatFee: '0.5' },
      { upTo: '20', unitPrice: '0.1' },
      { unitPrice: '2', blockSize: '5', flatFee: '3' },
    ),
    [
      ['0', '0.000000000'],
      ['4', '1.500000000'],
      ['5', '2.500000000'],
      ['9', '3.500000000'],
      ['10', '3.500000000'],
      ['11', '3.600000000'],
      ['20', '4.500000000'],
      ['20.000000001', '9.500000000'],
      ['25', '9.500000000'],
      ['26', '11.500000000'],
    ],
  ],
  [
    'free units cost nothing, to the last of them',
    { ...perUnit('0.01'), freeQuantity: '10' },
    [
      ['0', '0.000000000'],
      ['9', '0.000000000'],
      ['10', '0.000000000'],
      ['10.5', '0.005000000'],
      ['11', '0.010000000'],
    ],
  ],
  [
    'free units are gone before the tier is chosen',
    { ...volume({ upTo: '5', unitPrice: '2' }, { unitPrice: '1' }), freeQuantity: '10' },
    [
      ['15', '10.000000000'],
      ['16', '6.000000000'],
    ],
  ],
  [
    'free units are gone before packages are counted',
    { ...packages('100', '1'), freeQuantity: '10' },
    [
      ['10', '0.000000000'],
      ['11', '1.000000000'],
      ['110', '1.000000000'],
      ['111', '2.000000000'],
    ],
  ],
  [
    'a maximum is reached and not passed',
    { ...perUnit('0.3'), maximum: '1' },
    [
      ['0', '0.000000000'],
      ['3', '0.900000000'],
      ['3.333333333', '1.000000000'],
      ['4', '1.000000000'],
      ['1000000', '1.000000000'],
    ],
  ],
  ['a maximum of nothing', { ...perUnit('0.3'), maximum: '0' }, [['5', '0.000000000']]],
  [
    'a quotient is rounded up',
    { ...perUnit('1'), transform: { divideBy: '1024', round: 'up' } },
    [
      ['0', '0.000000000'],
      ['0.000000001', '1.000000000'],
      ['1024', '1.000000000'],
      ['1025', '2.000000000'],
    ],
  ],
  [
    'a quotient is rounded down',
    { ...perUnit('1'), transform: { divideBy: '1024', round: 'down' } },
    [
      ['1023.999999999', '0.000000000'],
      ['1024', '1.000000000'],
      ['2047', '1.000000000'],
    ],
  ],
  [
    'half a quotient is rounded up, and not to even',
    { ...perUnit('1'), transform: { divideBy: '2', round: 'half_up' } },
    [
      ['0.999999999', '0.000000000'],
      ['1', '1.000000000'],
      ['3', '2.000000000'],
      ['5', '3.000000000'],
    ],
  ],
  [
    'transform, then free units, then the price, then the maximum',
    {
      transform: { divideBy: '10', round: 'up' },
      freeQuantity: '2',
      model: { kind: 'package', size: '2', packagePrice: '3' },
      maximum: '7',
    },
    [
      ['20', '0.000000000'],
      ['21', '3.000000000'],
      ['40', '3.000000000'],
      ['41', '6.000000000'],
      ['61', '7.000000000'],
    ],
  ],
  [
    'eighteen decimals by the block and by the unit',
    graduated(
      { upTo: '1', unitPrice: '0.000000000000000001' },
      { unitPrice: '0.000000001000000001', blockSize: '1000' },
    ),
    [
      ['1', '0.000000000'],
      ['1001', '0.000000001'],
      ['500000000001', '0.500000001'],
    ],
  ],
])('%s', (_, rule, costs) => {
  const model = compileRule(rule);
  const found = costs.map(([quantity]) => [
    quantity,
    formatNanos(costOf(model, quantityOf(quantity))),
  ]);
  expect(found).toEqual(costs);
});

test.each<[string, string, PriceRule]>([
  [
    'not_a_positive_quantity',
    '/transform/divideBy',
    { ...perUnit('1'), transform: { divideBy: '0', round: 'up' } },
  ],
  ['not_a_quantity', '/freeQuantity', { ...perUnit('1'), freeQuantity: '-1' }],
  ['not_a_quantity', '/freeQuantity', { ...perUnit('1'), freeQuantity: '' }],
  ['negative_amount', '/maximum', { ...perUnit('1'), maximum: '-0.01' }],
  ['too_many_decimals', '/maximum', { ...perUnit('1'), maximum: '0.0000000001' }],
  ['amount_out_of_range', '/maximum', { ...perUnit('1'), maximum: '9223372036.854775808' }],
  ['not_a_decimal', '/maximum', { ...perUnit('1'), maximum: 'none' }],
  ['negative_price', '/model/unitPrice', perUnit('-1')],
  ['negative_price', '/model/tiers/0/unitPrice', volume({ unitPrice: '-1' })],
])('%s at %s is found, and is a bug by the time that it is compiled', (reason, pointer, rule) => {
  expect(checkPriceRule(rule)).toEqual([{ reason, pointer }]);
  expect(() => compileRule(rule)).toThrow(`${reason} at ${pointer}`);
});

test('the rule of a price leaves out what the price does not say', () => {
  const rule = { ...perUnit('1'), freeQuantity: '1', maximum: undefined, transform: undefined };
  expect(Object.keys(ruleOf({ ...rule, key: 'articles' } as PriceRule))).toEqual([
    'freeQuantity',
    'model',
  ]);
});

describe.each(KINDS)('%s in any composition', { timeout: 60_000 }, (kind) => {
  test('has no fault, and costs what its definition says', () => {
    fc.assert(
      fc.property(anyRule(kind), anyQuantity, (rule, quantity) => {
        expect(checkPriceRule(rule)).toEqual([]);
        const error =
          costOf(compileRule(rule), quantity) * 10n ** 18n - definedCost(rule, quantity);
        expect((error < 0n ? -error : error) * 2n <= 10n ** 18n).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });
});

/** The readings of the rule written down a second time, the slow way: exact, in units of 1e-27. */
function definedCost({ transform, freeQuantity, model, maximum }: PriceRule, used: bigint): bigint {
  let quantity = used;
  if (transform) {
    const by = quantityOf(transform.divideBy);
    const rest = quantity % by;
    const whole = (quantity - rest) / by;
    const up = { up: rest > 0n, down: false, half_up: rest * 2n >= by }[transform.round];
    quantity = (up ? whole + 1n : whole) * ONE;
  }
  quantity -= quantityOf(freeQuantity ?? '0');
  if (quantity < 0n) quantity = 0n;
  const cost = modelCost(model, quantity);
  const most = maximum === undefined ? cost : exactPrice(maximum) * ONE;
  return cost < most ? cost : most;
}

function modelCost(model: PriceRule['model'], quantity: bigint): bigint {
  if (quantity === 0n) return 0n;
  if (model.kind === 'per_unit') return quantity * exactPrice(model.unitPrice);
  if (model.kind === 'package') {
    return inTier({ unitPrice: model.packagePrice, blockSize: model.size }, quantity);
  }
  let cost = 0n;
  let from = 0n;
  for (const tier of model.tiers) {
    if (quantity <= from) break;
    const upTo = tier.upTo === undefined ? quantity : quantityOf(tier.upTo);
    const part = (quantity < upTo ? quantity : upTo) - from;
    if (model.kind === 'graduated') cost += inTier(tier, part);
    else cost = inTier(tier, quantity);
    from = upTo;
  }
  return cost;
}

function inTier(tier: Tier, quantity: bigint): bigint {
  const fee = exactPrice(tier.flatFee ?? '0') * ONE;
  if (tier.blockSize === undefined) return fee + quantity * exactPrice(tier.unitPrice);
  const size = quantityOf(tier.blockSize);
  const begun = (quantity + size - 1n) / size;
  return fee + begun * ONE * exactPrice(tier.unitPrice);
}

function exactPrice(text: string): bigint {
  return mantissaAt(unitPrice(text), 18);
}
