import {
  draftInvoice,
  type CategoryBalance,
  type ChargeAggregate,
  type DraftInvoice,
} from '@farthing/domain/invoice/draft-invoice';
import { formatNanos, type Nanos } from '@farthing/domain/money/nanos';
import type { Micros } from '@farthing/domain/period/micros';
import type { ChargeKind } from '@farthing/domain/proof/charge-leaf';
import { cellFromText } from '@farthing/domain/statement/leaf-of-charge';
import type { BillingSettings } from './billing-settings.js';

/** A customer's booking period in one currency, with the sums of its charges. */
export interface BookedPeriod {
  readonly tenant: string;
  readonly statement: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: Micros;
  readonly to: Micros;
  readonly charges: number;
  readonly sumNanos: Nanos;
}

/** Sums over the charges of one line, in the order of the document. */
export interface PeriodLine {
  readonly price: string;
  /** Canonical JSON; '' for none. */
  readonly cell: string;
  readonly kind: ChargeKind;
  readonly priceVersion: number;
  readonly usageFrom: Micros;
  readonly usageTo: Micros;
  readonly charges: number;
  /** Scaled 1e-9. */
  readonly quantity: bigint;
  readonly chargeNanos: Nanos;
  readonly receivableNanos: Nanos;
  readonly walletNanos: Nanos;
}

export type DraftPeriodOutcome =
  | { readonly outcome: 'drafted'; readonly draft: DraftInvoice }
  | {
      readonly outcome: 'refused';
      readonly reason: 'sums_differ' | 'payment_differs' | 'price_unknown' | 'no_tax_rate';
      readonly detail: string;
    };

/** Drafts the invoice of one period from its sums: the same for a cycle run and for a preview. */
export function draftPeriod(
  period: BookedPeriod,
  lines: readonly PeriodLine[],
  {
    previous,
    settings,
  }: {
    readonly previous: readonly CategoryBalance[];
    readonly settings: BillingSettings;
  },
): DraftPeriodOutcome {
  const sum = lines.reduce((total, line) => total + line.chargeNanos, 0n);
  const charges = lines.reduce((total, line) => total + line.charges, 0);
  if (sum !== period.sumNanos || charges !== period.charges) {
    const own = `${period.charges} charges, ${formatNanos(period.sumNanos)}`;
    return refused(
      period,
      'sums_differ',
      `lines have ${charges}, ${formatNanos(sum)}; it has ${own}`,
    );
  }
  const aggregates: ChargeAggregate[] = [];
  for (const line of lines) {
    const { price, priceVersion, cell, usageFrom, usageTo, walletNanos, ...sums } = line;
    const name = `${price} version ${priceVersion}`;
    if (line.chargeNanos !== line.receivableNanos + walletNanos) {
      const paid = formatNanos(line.receivableNanos + walletNanos);
      const detail = `${name}: charged ${formatNanos(line.chargeNanos)}, paid or due ${paid}`;
      return refused(period, 'payment_differs', detail);
    }
    const facts = settings.priceOf(price, priceVersion);
    if (!facts) return refused(period, 'price_unknown', name);
    aggregates.push({
      ...sums,
      priceKey: price,
      priceVersion,
      description: facts.description,
      taxCategory: facts.taxCategory,
      cell: cellFromText(cell),
      late: usageFrom < period.from,
      usagePeriod: { from: usageFrom, to: usageTo },
      paidFromWalletNanos: walletNanos,
    });
  }
  const { tenant, customer, currency, from, to } = period;
  const input = { tenant, customer, currency, period: { from, to }, aggregates, previous };
  const outcome = draftInvoice({ ...input, settings: settings.invoice });
  return outcome.outcome === 'drafted'
    ? outcome
    : refused(period, outcome.reason, `the tax category ${outcome.taxCategory} has no rate`);
}

function refused(
  { customer, currency }: BookedPeriod,
  reason: Extract<DraftPeriodOutcome, { outcome: 'refused' }>['reason'],
  detail: string,
): DraftPeriodOutcome {
  return { outcome: 'refused', reason, detail: `customer ${customer}, ${currency}: ${detail}` };
}
