import { expect, it } from 'vitest';
import { Tallies } from './tallies.js';

it('tell once what passed since the last barrier, by tenant and currency', () => {
  const tallies = new Tallies([{ tenant: 'acme', currency: 'USD', charges: 2, amount: 5n }]);
  const more = new Tallies([]);
  more.add({ tenant: 'acme', currency: 'USD' }, 7n);
  more.add({ tenant: 'acme', currency: 'EUR' }, -1n);
  more.add({ tenant: 'other', currency: 'USD' }, 9n);
  tallies.addAll(more);
  tallies.addAll(more);
  expect(tallies.takeMoved()).toHaveLength(3);
  expect(tallies.pass('acme')).toEqual([
    { tenant: 'acme', currency: 'EUR', charges: 1, amount: -1n },
    { tenant: 'acme', currency: 'USD', charges: 3, amount: 12n },
  ]);
  expect(tallies.pass('acme')).toEqual([]);
  expect(tallies.takeMoved().map(({ currency, charges }) => [currency, charges])).toEqual([
    ['USD', 0],
    ['EUR', 0],
  ]);
  expect(tallies.pass('other')).toMatchObject([{ charges: 1, amount: 9n }]);
});
