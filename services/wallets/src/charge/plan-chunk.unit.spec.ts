import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decodeRatedMessage } from '@farthing/contracts/wire/rated-message';
import { comparePositions, type Position } from '@farthing/domain/rating/position';
import { barrier, charge, introduces, PARTITION, rated } from '../wallets-harness.spec.js';
import { nextPart, type RatedPart } from './plan-chunk.js';

const at = (offset: bigint, index = 0): Position => ({
  generation: 1,
  partition: PARTITION,
  offset,
  index,
});

describe('nextPart', () => {
  const message = decodeRatedMessage(
    rated([4n, 8n], { charges: [charge({ offset: 5n, amountNanos: 1n })] }),
  );

  it.each([
    ['a message below', at(8n), { outcome: 'applied_before' }],
    ['a message above', at(3n), { outcome: 'refused', reason: 'gap' }],
    ['one index above', at(3n, 9), { outcome: 'refused', reason: 'gap' }],
    [
      'another generation',
      { ...at(4n), generation: 2 },
      { outcome: 'refused', reason: 'foreign_log' },
    ],
    [
      'another partition',
      { ...at(4n), partition: 0 },
      { outcome: 'refused', reason: 'foreign_log' },
    ],
  ])('answers %s', (_what, next, expected) => {
    expect(nextPart(message, next, 100)).toEqual(expected);
  });

  it('takes all that is left when little would remain', () => {
    const outcome = nextPart(message, at(5n), 1);
    expect(outcome).toMatchObject({ outcome: 'part', last: true });
  });

  it('tiles any message whatever the budgets, loses nothing and splits no event', () => {
    const anyEvents = fc.array(
      fc.record({ charges: fc.integer({ min: 0, max: 4 }), skip: fc.boolean() }),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(
        anyEvents,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (given, budgets) => {
          const charges = given.flatMap(({ charges: count, skip }, index) =>
            Array.from({ length: count }, (_, n) =>
              charge({ offset: skip ? 2n : 1n, index, n, amountNanos: 1n }),
            ),
          );
          charges.sort((a, b) => Number(a.offset - b.offset) || a.index - b.index || a.n - b.n);
          const echoes = [introduces(0n), barrier(1n, 'run-1'), barrier(3n, 'run-2')];
          const whole = decodeRatedMessage(rated([0n, 4n], { charges, echoes }));
          const parts: RatedPart[] = [];
          let next = at(0n);
          for (let last = false; !last;) {
            const outcome = nextPart(whole, next, budgets[parts.length % budgets.length]!);
            if (outcome.outcome !== 'part') throw new Error(outcome.outcome);
            expect(comparePositions(outcome.part.range.to, next)).toBeGreaterThan(0);
            expect(outcome.part.range.from).toEqual(next);
            parts.push(outcome.part);
            next = outcome.part.range.to;
            ({ last } = outcome);
          }
          expect(next).toMatchObject({ offset: 4n, index: 0 });
          expect(parts.flatMap((part) => part.charges)).toEqual(whole.charges);
          expect(parts.flatMap((part) => part.echoes)).toEqual(whole.echoes);
          const events = parts.map(
            (part) => new Set(part.charges.map((c) => `${c.offset}-${c.index}`)),
          );
          const seen = events.reduce((sum, set) => sum + set.size, 0);
          expect(new Set(events.flatMap((set) => [...set])).size).toBe(seen);
        },
      ),
    );
  });
});
