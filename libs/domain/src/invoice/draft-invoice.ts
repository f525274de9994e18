import { allocateRounded } from '../money/allocate.js';
import { nanosPerMinor, type Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import type { RoundingMode } from '../money/round.js';
import type { BillingPeriod } from '../period/billing-period.js';
import { invoiceId, type InvoiceIdentity } from './invoice-id.js';
import { categoryTax, netPart, taxedAmount, type CategoryTax, type TaxSettings } from './tax.js';

/** Sums of a statement's charges: one per price version, cell, kind, tax category, lateness. */
export interface ChargeAggregate {
  readonly priceKey: string;
  readonly priceVersion: number;
  readonly description: string;
  /** Dimension values that the price distinguishes; empty when it has none. */
  readonly cell: Readonly<Record<string, string>>;
  readonly kind: 'usage' | 'adjustment' | 'minimum';
  readonly taxCategory: string;
  /** Whether the usage period is an earlier one than the booking period. */
  readonly late: boolean;
  readonly usagePeriod: BillingPeriod;
  /** How many charges. */
  readonly charges: number;
  /** Scaled 1e-9. */
  readonly quantity: bigint;
  readonly chargeNanos: Nanos;
  /** The part of it that no grant paid. */
  readonly receivableNanos: Nanos;
  readonly paidFromWalletNanos: Nanos;
}

/** What earlier documents left open, per tax category. */
export interface CategoryBalance {
  readonly taxCategory: string;
  /** Below one minor unit, left by rounding. */
  readonly residualNanos: Nanos;
  /** Exact amounts, negative or below the minimum, that are billed with the next document. */
  readonly carriedForwardNanos: Nanos;
}

export interface InvoiceSettings {
  readonly roundingMode: RoundingMode;
  /** Not negative. A total below it, so every negative one, is carried forward. */
  readonly minimumNanos: Nanos;
  readonly taxes: TaxSettings;
}

export interface DraftInput {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: Currency;
  /** The booking period. */
  readonly period: BillingPeriod;
  /** In the order in which the document shows them. */
  readonly aggregates: readonly ChargeAggregate[];
  readonly previous: readonly CategoryBalance[];
  readonly settings: InvoiceSettings;
}

export type DraftLine =
  | {
      readonly kind: 'charges';
      readonly aggregate: ChargeAggregate;
      readonly taxCategory: string;
      /** The receivable part, exact. */
      readonly exactNanos: Nanos;
      /** Its part of the rounded net. */
      readonly amountNanos: Nanos;
    }
  | {
      readonly kind: 'previous_residual' | 'carried_forward';
      readonly taxCategory: string;
      readonly exactNanos: Nanos;
      readonly amountNanos: Nanos;
    };

export interface DraftCategory {
  readonly taxCategory: string;
  readonly tax: CategoryTax;
  /** Receivable parts + previous residual + what was carried forward. */
  readonly exactNanos: Nanos;
  /** The rounded net: the tax base, and the sum of the category's line amounts. */
  readonly netNanos: Nanos;
  readonly taxNanos: Nanos;
  /** What it takes out of receivable: the net, and the tax too when the charges contained it. */
  readonly settledNanos: Nanos;
  /** exact − settled. */
  readonly residualNanos: Nanos;
}

export interface DraftInvoice extends InvoiceIdentity {
  readonly id: string;
  /** `carried_forward` makes no document: its total is negative or below the minimum. */
  readonly disposition: 'invoice' | 'carried_forward';
  readonly lines: readonly DraftLine[];
  readonly categories: readonly DraftCategory[];
  readonly chargesNanos: Nanos;
  readonly paidFromWalletNanos: Nanos;
  readonly netNanos: Nanos;
  readonly taxNanos: Nanos;
  readonly totalNanos: Nanos;
  /** What this draft leaves open, for the next one; all categories, also those it did not touch. */
  readonly balances: readonly CategoryBalance[];
}

export type DraftInvoiceOutcome =
  | { readonly outcome: 'drafted'; readonly draft: DraftInvoice }
  | { readonly outcome: 'refused'; readonly reason: 'no_tax_rate'; readonly taxCategory: string };

/**
 * Drafts a document from per-period sums. Each tax category is rounded once and its remainder stays
 * open, so over all documents of a customer, to the nano:
 * Σ charges = Σ paid from wallets + Σ settled + carried forward + residuals (settled is the net,
 * with tax where the charges contained it).
 */
export function draftInvoice(input: DraftInput): DraftInvoiceOutcome {
  const { tenant, customer, currency, period, settings } = input;
  const lines: DraftLine[] = [];
  const categories: DraftCategory[] = [];
  for (const taxCategory of categoriesOf(input)) {
    const tax = categoryTax(settings.taxes, taxCategory);
    if (!tax) return { outcome: 'refused', reason: 'no_tax_rate', taxCategory };
    const drafted = draftCategory(input, taxCategory, tax);
    lines.push(...drafted.lines);
    categories.push(drafted.category);
  }
  const netNanos = sumOf(categories, (category) => category.netNanos);
  const taxNanos = sumOf(categories, (category) => category.taxNanos);
  const totalNanos = netNanos + taxNanos;
  const disposition = totalNanos >= settings.minimumNanos ? 'invoice' : 'carried_forward';
  const identity = { tenant, customer, currency, period };
  return {
    outcome: 'drafted',
    draft: {
      ...identity,
      id: invoiceId(identity),
      disposition,
      lines,
      categories,
      chargesNanos: sumOf(input.aggregates, (aggregate) => aggregate.chargeNanos),
      paidFromWalletNanos: sumOf(input.aggregates, (aggregate) => aggregate.paidFromWalletNanos),
      netNanos,
      taxNanos,
      totalNanos,
      balances: balancesAfter(input.previous, categories, disposition),
    },
  };
}

/**
 * Categories with charges or something carried forward. A residual alone is less than a minor unit
 * and waits: billed alone, a half would come and go for ever.
 */
function categoriesOf({ aggregates, previous }: DraftInput): Set<string> {
  const carried = previous.filter((balance) => balance.carriedForwardNanos !== 0n);
  return new Set([...aggregates, ...carried].map((each) => each.taxCategory));
}

function draftCategory(
  { aggregates, previous, currency, settings }: DraftInput,
  taxCategory: string,
  tax: CategoryTax,
): { readonly lines: DraftLine[]; readonly category: DraftCategory } {
  const unallocated: DraftLine[] = [];
  for (const aggregate of aggregates) {
    if (aggregate.taxCategory !== taxCategory) continue;
    const { chargeNanos, receivableNanos, paidFromWalletNanos } = aggregate;
    if (chargeNanos !== receivableNanos + paidFromWalletNanos) {
      throw new Error(`charges of ${aggregate.priceKey} are not what was paid and what is due`);
    }
    const exactNanos = receivableNanos;
    unallocated.push({ kind: 'charges', aggregate, taxCategory, exactNanos, amountNanos: 0n });
  }
  for (const balance of previous) {
    if (balance.taxCategory !== taxCategory) continue;
    const parts = [
      ['carried_forward', balance.carriedForwardNanos],
      ['previous_residual', balance.residualNanos],
    ] as const;
    for (const [kind, exactNanos] of parts) {
      if (exactNanos !== 0n) unallocated.push({ kind, taxCategory, exactNanos, amountNanos: 0n });
    }
  }
  const exactNanos = sumOf(unallocated, (line) => line.exactNanos);
  const rounding = { currency, mode: settings.roundingMode };
  const { netNanos, taxNanos } = taxedAmount(exactNanos, tax, rounding);
  const settledNanos = tax.included ? netNanos + taxNanos : netNanos;
  const amounts = allocateRounded(
    netNanos,
    unallocated.map((line) => netPart(line.exactNanos, tax)),
    nanosPerMinor(currency),
  );
  return {
    lines: unallocated.map((line, at) => ({ ...line, amountNanos: amounts[at] ?? 0n })),
    category: {
      taxCategory,
      tax,
      exactNanos,
      netNanos,
      taxNanos,
      settledNanos,
      residualNanos: exactNanos - settledNanos,
    },
  };
}

function balancesAfter(
  previous: readonly CategoryBalance[],
  categories: readonly DraftCategory[],
  disposition: DraftInvoice['disposition'],
): CategoryBalance[] {
  const touched = new Set(categories.map((category) => category.taxCategory));
  const after = categories.map(({ taxCategory, exactNanos, residualNanos }) =>
    disposition === 'invoice'
      ? { taxCategory, residualNanos, carriedForwardNanos: 0n }
      : { taxCategory, residualNanos: 0n, carriedForwardNanos: exactNanos },
  );
  return [...after, ...previous.filter((balance) => !touched.has(balance.taxCategory))];
}

function sumOf<T>(items: readonly T[], amountOf: (item: T) => bigint): bigint {
  return items.reduce((sum, item) => sum + amountOf(item), 0n);
}
