import type { Transaction } from '@farthing/adapters/postgres/transaction';
import type { ChargePayment } from '@farthing/contracts/wire/paid-message';
import { chargeKindName } from '@farthing/contracts/wire/charge-kind-name';
import { PartitionBooks } from './partition-books.js';
import { addPaidLines, lineId, type PaidLine } from './period-lines.repository.js';
import { stretchesOf, type RangedMessage } from './ranged-message.js';
import { StatementNames } from './statement-names.js';

export interface AppliedPaid {
  readonly payments: number;
  readonly barriers: number;
}

/** Adds up, per line of a statement, what grants paid and what is receivable. */
export async function applyPaidMessages(
  tx: Transaction,
  partition: number,
  messages: readonly RangedMessage<ChargePayment>[],
): Promise<AppliedPaid> {
  const books = new PartitionBooks(tx, 'paid', partition);
  const names = new StatementNames();
  const lines = new Map<string, PaidLine>();
  let payments = 0;
  let barriers = 0;
  let counted: ChargePayment | undefined;
  for (const { items, barrier } of stretchesOf(messages)) {
    for (const payment of items) {
      // The parts of one charge stand together, and it counts once.
      const isFirst = !counted || !isSameCharge(counted, payment);
      books.count(payment.tenant, payment.currency, payment.amountNanos, isFirst ? 1n : 0n);
      counted = payment;
      payments += 1;
      addPayment(lines, names.nameOf(payment), payment);
    }
    if (!barrier) continue;
    await books.pass(barrier);
    barriers += 1;
  }
  await books.save();
  await addPaidLines(tx, [...lines.values()]);
  return { payments, barriers };
}

function isSameCharge(a: ChargePayment, b: ChargePayment): boolean {
  return a.offset === b.offset && a.index === b.index && a.n === b.n;
}

function addPayment(lines: Map<string, PaidLine>, statement: string, payment: ChargePayment): void {
  const { tenant, price, cell, priceVersion, usageFrom } = payment;
  const kind = chargeKindName(payment.kind);
  const key = { tenant, statement, price, cell, kind, priceVersion, usageFrom };
  const id = lineId(key);
  let line = lines.get(id);
  if (!line) lines.set(id, (line = { ...key, receivableNanos: 0n, walletNanos: 0n }));
  if (payment.grant === '') line.receivableNanos += payment.amountNanos;
  else line.walletNanos += payment.amountNanos;
}
