import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBurnOrder, isUsableAt, type Grant } from './grant.js';
import { payCharge, type ChargeToPay, type GrantBalance } from './pay-charge.js';

const grant = (id: string, parts: Partial<Grant> = {}): Grant => ({
  id,
  kind: 'paid',
  amount: 100n,
  currency: 'USD',
  priority: 0,
  effectiveFrom: 0,
  createdAt: 0,
  ...parts,
});
const holding = (id: string, balance: bigint, parts: Partial<Grant> = {}): GrantBalance => ({
  grant: grant(id, parts),
  balance,
});
const paid = (charge: Partial<ChargeToPay>): string[] => {
  const { parts } = payCharge({ funding: 'prepaid', grants: [], at: 50, amount: 0n, ...charge });
  return parts.map(({ source, amount }) =>
    source.kind === 'grant' ? `${source.grant} ${amount}` : `receivable ${amount}`,
  );
};

test('burn order: priority, then earlier expiry with none last, then creation, then id', () => {
  const ordered = [
    grant('z', { priority: -1 }),
    grant('y', { expiresAt: 10, createdAt: 9 }),
    grant('x', { expiresAt: 20 }),
    grant('w', { createdAt: 1 }),
    grant('a', { createdAt: 2 }),
    grant('b', { createdAt: 2 }),
    grant('c', { priority: 1, expiresAt: 5 }),
  ];
  expect(ordered.toReversed().toSorted(compareBurnOrder)).toEqual(ordered);
  expect(compareBurnOrder(grant('a'), grant('a'))).toBe(0);
});

test('a grant is usable from its first instant until before its last', () => {
  const bounded = grant('a', { effectiveFrom: 10, expiresAt: 20 });
  expect([9, 10, 19, 20].map((at) => isUsableAt(bounded, at))).toEqual([false, true, true, false]);
  expect(isUsableAt(grant('a'), 10 ** 15)).toBe(true);
});

test.each<[string, Partial<ChargeToPay>, string[], boolean]>([
  ['one grant has enough', { grants: [holding('a', 9n)], amount: 5n }, ['a 5'], false],
  [
    'grants pay in burn order, whatever order they come in',
    { grants: [holding('b', 9n), holding('a', 3n)], amount: 5n },
    ['a 3', 'b 2'],
    false,
  ],
  [
    'what is spent, expired or not yet effective does not pay',
    {
      grants: [
        holding('a', 0n),
        holding('b', 9n, { expiresAt: 50 }),
        holding('c', 9n, { effectiveFrom: 51 }),
        holding('d', 9n, { priority: 9 }),
      ],
      amount: 5n,
    },
    ['d 5'],
    false,
  ],
  [
    'a prepaid wallet that lacks funds is overdrawn, and the usage is still charged',
    { grants: [holding('a', 100n)], amount: 300n },
    ['a 100', 'receivable 200'],
    true,
  ],
  [
    'prepaid then postpaid goes on without that',
    { funding: 'prepaid_then_postpaid', grants: [holding('a', 1n)], amount: 3n },
    ['a 1', 'receivable 2'],
    false,
  ],
  [
    'postpaid leaves the wallet alone',
    { funding: 'postpaid', grants: [holding('a', 9n)], amount: 3n },
    ['receivable 3'],
    false,
  ],
  ['nothing is paid by nothing', { grants: [holding('a', 9n)], amount: 0n }, [], false],
  ['a negative charge lowers the receivable', { amount: -3n }, ['receivable -3'], false],
  [
    'a correction goes back in reverse to who paid',
    {
      amount: -6n,
      correctedParts: [
        { source: { kind: 'grant', grant: 'a' }, amount: 4n },
        { source: { kind: 'grant', grant: 'b' }, amount: 3n },
        { source: { kind: 'receivable' }, amount: 2n },
      ],
    },
    ['b -3', 'a -1', 'receivable -2'],
    false,
  ],
  [
    'and beyond that to the receivable',
    { amount: -6n, correctedParts: [{ source: { kind: 'grant', grant: 'a' }, amount: 4n }] },
    ['a -4', 'receivable -2'],
    false,
  ],
])('%s', (_, charge, parts, overdrawn) => {
  expect(paid(charge)).toEqual(parts);
  const whole = { funding: 'prepaid', grants: [], at: 50, amount: 0n, ...charge } as const;
  expect(payCharge(whole).overdrawn).toBe(overdrawn);
});

test('parts sum to the amount, no grant gives more than it has', () => {
  const balances = fc.array(fc.bigInt(0n, 1000n), { maxLength: 6 });
  const funding = fc.constantFrom('prepaid', 'postpaid', 'prepaid_then_postpaid' as const);
  fc.assert(
    fc.property(balances, fc.bigInt(-3000n, 3000n), funding, (held, amount, chosen) => {
      const grants = held.map((balance, at) => holding(`g${at}`, balance));
      const { parts } = payCharge({ funding: chosen, grants, at: 50, amount });
      expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(amount);
      const overspent = parts.filter(({ source, amount: part }) => {
        const from = grants.find(
          (each) => source.kind === 'grant' && each.grant.id === source.grant,
        );
        return from !== undefined && (part <= 0n || part > from.balance);
      });
      expect(overspent).toEqual([]);
    }),
  );
});
