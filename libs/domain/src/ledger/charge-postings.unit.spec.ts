import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balanceChanges } from './balance.js';
import { chargePostings, type PaidCharge, type PaymentPart } from './charge-postings.js';

const fromGrant = (grant: string, amount: bigint): PaymentPart => ({
  source: { kind: 'grant', grant },
  amount,
});
const receivable = (amount: bigint): PaymentPart => ({ source: { kind: 'receivable' }, amount });
const charge = (
  parts: readonly PaymentPart[],
  shares: Record<string, bigint>,
  tenantAmount: bigint,
): PaidCharge => ({
  tenant: 'acme',
  customer: 'zoe',
  currency: 'USD',
  parts,
  shares: Object.entries(shares).map(([creator, amount]) => ({ creator, amount })),
  tenantAmount,
});

function changes(paid: PaidCharge): Record<string, bigint> {
  return Object.fromEntries(
    balanceChanges(chargePostings(paid)).map(({ account, change }) => [
      `${account.kind} ${account.grant || account.owner}`.trim(),
      change,
    ]),
  );
}

test('receivable debited, creators payable and tenant revenue credited', () => {
  expect(changes(charge([receivable(10n)], { ann: 7n }, 3n))).toEqual({
    'receivable zoe': 10n,
    'creator_payable ann': 7n,
    tenant_revenue: 3n,
  });
});

test('grants pay first, the shortfall is receivable', () => {
  const paid = charge([fromGrant('g1', 4n), fromGrant('g2', 4n), receivable(2n)], { ann: 7n }, 3n);
  expect(changes(paid)).toEqual({
    'wallet g1': -4n,
    'wallet g2': -4n,
    'receivable zoe': 2n,
    'creator_payable ann': 7n,
    tenant_revenue: 3n,
  });
});

test('a negative charge runs the other way', () => {
  expect(changes(charge([fromGrant('g1', -4n), receivable(-6n)], { ann: -7n }, -3n))).toEqual({
    'wallet g1': 4n,
    'receivable zoe': -6n,
    'creator_payable ann': -7n,
    tenant_revenue: -3n,
  });
});

test('a charge of zero posts nothing, nor does a share of zero', () => {
  expect(chargePostings(charge([], { ann: 0n }, 0n))).toEqual([]);
  expect(changes(charge([receivable(1n)], { ann: 0n }, 1n))).toEqual({
    'receivable zoe': 1n,
    tenant_revenue: 1n,
  });
});

test.each([
  ['more paid than earned', charge([receivable(2n)], {}, 1n), 'more is paid'],
  ['more earned than paid', charge([receivable(1n)], { ann: 1n }, 1n), 'more is earned'],
  ['two signs', charge([receivable(1n)], { ann: 2n }, -1n), 'one sign'],
])('%s is a bug', (_, wrong, message) => {
  expect(() => chargePostings(wrong)).toThrow(message);
});

test('each account gets what the charge says, and the charge is left as it was', () => {
  const amounts = fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(amounts, amounts, fc.boolean(), (paid, earned, negative) => {
      const sign = negative ? -1n : 1n;
      const total = paid.reduce((sum, part) => sum + part, 0n);
      let left = total;
      const shares: Record<string, bigint> = {};
      earned.forEach((wish, at) => {
        const part = wish < left ? wish : left;
        shares[`c${at}`] = sign * part;
        left -= part;
      });
      const parts = paid.map((part, at) => fromGrant(`g${at}`, sign * part));
      const whole = charge(parts, shares, sign * left);
      const copy = structuredClone(whole);
      const got = changes(whole);
      for (const [creator, amount] of Object.entries(shares)) {
        expect(got[`creator_payable ${creator}`] ?? 0n).toBe(amount);
      }
      paid.forEach((part, at) => expect(got[`wallet g${at}`] ?? 0n).toBe(-sign * part));
      expect(got.tenant_revenue ?? 0n).toBe(sign * left);
      expect(whole).toEqual(copy);
    }),
  );
});
