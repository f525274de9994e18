import { formatNanos } from '@farthing/domain/money/nanos';
import { ranked } from './read-books.js';
import type { DemoResult } from './run-demo.js';
import type { Tariff } from './tariff.js';

const SHOWN = 5;

/** A demo's result as one JSON object: amounts are decimal strings of nine places, whole quantities numbers. */
export function demoJson(result: DemoResult, tariff: Tariff): Record<string, unknown> {
  const { charges, statements, invoices, tieOut } = result;
  const uses = tariff.prices.filter(({ accompanies }) => !accompanies);
  const accompanying = tariff.prices.filter(({ accompanies }) => accompanies);
  const quantityOf = (label: string) => quantity(charges.quantities.get(label) ?? 0n);
  const people = (order: 'largest' | 'smallest') =>
    ranked(charges.customers, order)
      .slice(0, SHOWN)
      .map(([customer, amount]) => ({ customer, amount: formatNanos(amount) }));
  return {
    tenant: result.tenant.id,
    run: result.run,
    events: result.sent.sent,
    served: result.counts.charged,
    customers: charges.customers.size,
    quantity: Object.fromEntries(uses.map(({ label }) => [label, quantityOf(label)])),
    ...Object.fromEntries(accompanying.map(({ label }) => [label, quantityOf(label)])),
    charges: charges.charges,
    amount: Object.fromEntries(
      tariff.prices.map(({ label }) => [label, formatNanos(charges.amounts.get(label) ?? 0n)]),
    ),
    total: formatNanos(charges.total),
    creators: Object.fromEntries(
      ranked(charges.creators, 'largest').map(([name, amount]) => [name, formatNanos(amount)]),
    ),
    largest: people('largest'),
    smallest: people('smallest'),
    duplicates: result.duplicates,
    rejected: result.rejected,
    invoices: invoices.invoices,
    residual: formatNanos(invoices.residual),
    statementsVerified: statements.verified,
    tieOut: Object.fromEntries(
      Object.entries(tieOut).map(([place, sum]) => [place, formatNanos(sum)]),
    ),
  };
}

/** From units of 10^-9: a number when it is whole, else decimal text. */
function quantity(scaled: bigint): number | string {
  const whole = scaled / 1_000_000_000n;
  return whole * 1_000_000_000n === scaled ? Number(whole) : formatNanos(scaled);
}
