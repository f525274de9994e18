import { describe, expect, it } from 'vitest';
import { parseMicros } from '@farthing/domain/period/micros';
import { CustomerCache } from './customer-cache.js';
import { Customer } from './customer.js';

const at = (text: string): number => {
  const parsed = parseMicros(`${text}T00:00:00Z`);
  if (parsed.outcome === 'refused') throw new Error(parsed.reason);
  return parsed.micros;
};
const MONTHLY = { timeZone: 'UTC', anchorAt: at('2020-01-01'), interval: 'month' } as const;
const FROM_15TH = { ...MONTHLY, anchorAt: at('2020-01-15') };

describe('the periods of a customer', () => {
  it.each([
    ['2026-08-20', '2026-08-15', '2026-09-15', 'far from any opened one: the schedule alone'],
    ['2026-07-02', '2026-07-01', '2026-07-15', 'cut behind one'],
    ['2026-05-28', '2026-05-15', '2026-06-01', 'cut before one'],
  ])('after a change of anchor, on %s: %s to %s (%s)', (day, from, to) => {
    const customer = new Customer('acme', 'ann', 1);
    customer.open(customer.periodOf(MONTHLY, at('2026-06-10')));
    expect(customer.periodOf(FROM_15TH, at(day))).toEqual({ from: at(from), to: at(to) });
  });

  it('are found by what lies in them, half-open', () => {
    const customer = new Customer('acme', 'ann', 1);
    const june = customer.open(customer.periodOf(MONTHLY, at('2026-06-10')));
    const april = customer.open(customer.periodOf(MONTHLY, at('2026-04-10')));
    expect(customer.openedPeriodAt(at('2026-06-01'))).toBe(june);
    expect(customer.openedPeriodAt(at('2026-04-30'))).toBe(april);
    expect(customer.openedPeriodAt(at('2026-07-01'))).toBeUndefined();
    expect(customer.openedPeriodAt(at('2026-05-15'))).toBeUndefined();
  });

  it('that were not saved are taken back, with the facts', () => {
    const facts = {
      version: 1,
      plan: 'p',
      currency: 'USD',
      priceOverrides: [],
      schedule: MONTHLY,
      funding: 'postpaid',
      closed: false,
      knownSince: 0,
    } as const;
    const customer = new Customer('acme', 'ann', 1, { facts, periods: [{ from: 0, to: 10 }] });
    customer.open({ from: 10, to: 20 });
    customer.facts = { ...facts, version: 2 };
    customer.undo();
    expect(customer.facts).toBe(facts);
    expect(customer.periods.map(({ from }) => from)).toEqual([0]);
    expect(customer.openedPeriodAt(15)).toBeUndefined();
  });
});

it('the cache forgets the least recent, and only when it is told to make room', () => {
  const cache = new CustomerCache(3);
  const add = (id: string) => cache.add(new Customer('acme', id, 1));
  ['a', 'b', 'c', 'd'].forEach(add);
  expect(cache.size).toBe(4);
  cache.makeRoom();
  expect(cache.get('acme', 'a')).toBeDefined();
  ['e', 'f'].forEach(add);
  cache.makeRoom();
  expect(cache.get('acme', 'a')).toBeDefined();
  expect(cache.get('acme', 'b')).toBeUndefined();
  expect(cache.get('other', 'a')).toBeUndefined();
});
