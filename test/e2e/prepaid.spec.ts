import { beforeAll, expect, it } from 'vitest';
import { until } from '@farthing/testing/until';
import type { Stack } from '@farthing/local/stack';
import { closeBefore, type InvoiceSummary } from '../stack/cycle-run.js';
import { auditOf, violatedOf } from '../stack/farthing-command.js';
import { newTenant, type Tenant } from '../stack/tenant.js';
import { sharedStack } from '../stack/test-stack.js';
import { completeMonth, onDay, untilEnded, usageEvent } from '../stack/usage-event.js';

let stack: Stack;
let tenant: Tenant;
let run: string;

const month = completeMonth(1);

/** Twelve articles at 0.25 are 3.00, for a customer with 1.00 of credit. */
beforeAll(async () => {
  const shared = await sharedStack();
  stack = shared.stack;
  tenant = await newTenant(shared.place);
  await tenant.door.must('PUT', '/v1/customers/reader', { funding: 'prepaid' });
  await until('wallets knows the customer', async () => {
    const made = await tenant.door.ask('POST', '/v1/customers/reader/grants', {
      amount: { amount: '1.00', currency: 'USD' },
      kind: 'paid',
      effectiveFrom: month.from.toISOString(),
    });
    return made.status === 201;
  });
  const events = Array.from({ length: 12 }, (_, at) =>
    usageEvent({ id: String(at), source: 'prepaid', time: onDay(month, at + 1) }),
  );
  await tenant.door.sendBatch(events);
  await untilEnded(tenant.door, 'prepaid', 12);
  run = (await closeBefore(tenant.door, month.to)).id;
});

it('bills what the credit did not pay, and shows what it paid', async () => {
  const invoices = await tenant.door.list<InvoiceSummary>(`/v1/invoices?run=${run}`);
  expect(invoices).toMatchObject([
    { customer: 'reader', net: '2.000000000', total: '2.000000000' },
  ]);
  expect(await tenant.door.must('GET', `/v1/invoices/${invoices[0]!.id}`)).toMatchObject({
    charges: '3.000000000',
    paidFromWallet: '1.000000000',
    net: '2.000000000',
    total: '2.000000000',
    lines: [{ charged: '3.000000000', paidFromWallet: '1.000000000', amount: '2.000000000' }],
  });
});

it('has the same in the statement, the run, the wallet and the ledger', async () => {
  const statements = await tenant.door.list(`/v1/statements?run=${run}`);
  expect(statements).toMatchObject([{ customer: 'reader', charges: 12, sum: '3.000000000' }]);
  expect(await tenant.door.must('GET', `/v1/cycle-runs/${run}`)).toMatchObject({
    totals: [
      {
        currency: 'USD',
        charges: '3.000000000',
        paid: '1.000000000',
        net: '2.000000000',
        carriedForward: '0.000000000',
        residual: '0.000000000',
      },
    ],
  });
  await until('wallets posted the invoice', async () => {
    const { balances } = (await tenant.door.must('GET', '/v1/customers/reader/wallet')) as {
      balances: Array<{ billed: string }>;
    };
    return balances[0]?.billed === '2.000000000';
  });
  expect(await tenant.door.must('GET', '/v1/customers/reader/wallet')).toMatchObject({
    customer: 'reader',
    balances: [
      {
        currency: 'USD',
        available: '0.000000000',
        receivable: '0.000000000',
        billed: '2.000000000',
      },
    ],
  });
  expect(await balanceOf('billed')).toEqual(['reader 2.000000000']);
  expect(await balanceOf('creator_payable')).toEqual(['ada 2.100000000']);
  expect(await tenant.door.must('GET', '/v1/creators/ada/balance')).toMatchObject({
    balances: [{ amount: '2.100000000', currency: 'USD' }],
  });
});

async function balanceOf(kind: string): Promise<string[]> {
  const path = `/v1/ledger/accounts?kind=${kind}`;
  const accounts = await tenant.door.list<{ owner: string; balance: string }>(path);
  return accounts.map(({ owner, balance }) => `${owner} ${balance}`);
}

it('satisfies the auditor', async () => {
  const { code, findings } = await auditOf(stack);
  expect(violatedOf(findings)).toEqual({});
  expect(code).toBe(0);
});
