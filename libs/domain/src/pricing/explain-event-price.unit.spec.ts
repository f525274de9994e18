import { expect, test } from 'vitest';
import { NOTHING_PRICED } from './compiled-event-price.js';
import { compileEventModel, type EventModel } from './event-price.js';
import { explainEventPrice } from './explain-event-price.js';

const UNIT = 1_000_000_000n;
const tip: EventModel = { kind: 'amount_on_event', markup: '20' };
const card: EventModel = {
  kind: 'percentage',
  rate: '2.90',
  fixed: '0.30',
  freeAmount: '5',
  minimum: '1',
  maximum: '9.5',
};
const tiers: EventModel = {
  kind: 'graduated_percentage',
  tiers: [
    { upTo: '1000', rate: '3' },
    { rate: '1', flatFee: '2' },
  ],
};

test.each<[EventModel, bigint, bigint, string]>([
  [tip, 0n, 10n, 'amount 10: 10 as the event says, 20 % on top'],
  [card, 0n, 5n, 'amount 5: free'],
  [card, 0n, 25n, 'amount 25: 5 free, 20 at 2.90 %, 0.30 fixed, raised to the minimum of 1'],
  [card, 9n, 1_000n, 'amount 1,000: 1,000 at 2.90 %, 0.30 fixed, lowered to the maximum of 9.5'],
  [tiers, 900n, 200n, 'amount 200: 100 at 3 %, 100 at 1 % plus 2 once'],
  [tiers, 900n, 0n, 'amount 0: nothing to pay'],
])('%j after %s, of %s: %s', (model, quantity, amount, sentence) => {
  const before = { ...NOTHING_PRICED, quantity: quantity * UNIT };
  const explained = explainEventPrice(compileEventModel(model), {
    before,
    eventAmount: amount * UNIT,
  });
  expect(explained.sentence).toBe(sentence);
});

test('the lines hold the arithmetic, exact, up to the maximum of the period', () => {
  const compiled = compileEventModel(card, '0.7');
  const bounds = { before: NOTHING_PRICED, eventAmount: 25n * UNIT };
  expect(explainEventPrice(compiled, bounds)).toEqual({
    parts: [
      { kind: 'free', of: '5', amount: '0' },
      { kind: 'rated', of: '20', rate: '2.90', amount: '0.58' },
      { kind: 'fixed', amount: '0.3' },
      { kind: 'minimum', amount: '0.12' },
      { kind: 'above_period_maximum', amount: '-0.3' },
    ],
    sentence:
      'amount 25: 5 free, 20 at 2.90 %, 0.30 fixed, raised to the minimum of 1, ' +
      'less 0.3 above the maximum of 0.7',
  });
});

test('late use says what the settled minimum covers of it', () => {
  const compiled = compileEventModel(tip);
  const late = { before: NOTHING_PRICED, eventAmount: 10n * UNIT, amount: 5n * UNIT };
  expect(explainEventPrice(compiled, late)).toEqual({
    parts: [
      { kind: 'given', of: '10', amount: '10' },
      { kind: 'markup', of: '10', rate: '20', amount: '2' },
      { settled: 'minimum', amount: '-7' },
    ],
    sentence:
      'amount 10: 10 as the event says, 20 % on top, less 7 that the settled minimum covers',
  });
});
