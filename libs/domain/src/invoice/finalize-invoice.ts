import { formatNanos } from '../money/nanos.js';
import { formatMicros } from '../period/micros.js';
import type { DraftCategory, DraftInvoice, DraftLine } from './draft-invoice.js';
import { formatRatePercent } from './tax.js';

/** What a draft gets when its run is finalized. Nothing here comes from a clock or a process. */
export interface Finalization {
  /** Dense in its legal series. */
  readonly number: string;
  /** `YYYY-MM-DD`. */
  readonly issueDate: string;
  readonly run: string;
  readonly statement: { readonly id: string; readonly root: string };
}

/**
 * The immutable invoice, ready for RFC 8785: amounts are decimal strings of nine places, instants
 * UTC with six decimals, absent fields are left out, and the only numbers are `v`, price versions
 * and counts.
 */
export interface Invoice {
  readonly v: 1;
  readonly id: string;
  readonly number: string;
  readonly issueDate: string;
  readonly run: string;
  readonly statement: string;
  readonly statementRoot: string;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly InvoiceLine[];
  readonly taxes: readonly InvoiceTax[];
  readonly charges: string;
  readonly paidFromWallet: string;
  readonly net: string;
  readonly tax: string;
  readonly total: string;
}

export interface InvoiceLine {
  readonly kind:
    | 'usage'
    | 'late'
    | 'adjustment'
    | 'minimum'
    | 'previous_residual'
    | 'carried_forward';
  readonly taxCategory: string;
  readonly price?: string;
  readonly priceVersion?: number;
  readonly description?: string;
  readonly cell?: Readonly<Record<string, string>>;
  readonly usageFrom?: string;
  readonly usageTo?: string;
  /** How many charges. */
  readonly charges?: number;
  readonly quantity?: string;
  /** Exact sum of the charges, of which grants paid a part. */
  readonly charged?: string;
  readonly paidFromWallet?: string;
  /** The receivable part, exact. */
  readonly exact: string;
  /** Its part of the rounded net. */
  readonly amount: string;
}

export interface InvoiceTax {
  readonly taxCategory: string;
  /** Percent, such as `8.875`. */
  readonly rate: string;
  readonly included: boolean;
  readonly exempt: boolean;
  readonly exact: string;
  readonly net: string;
  readonly tax: string;
  /** What rounding leaves open for the next invoice. */
  readonly residual: string;
}

/** Throws on a draft that is carried forward: it makes no document. */
export function finalizeInvoice(draft: DraftInvoice, finalization: Finalization): Invoice {
  if (draft.disposition !== 'invoice') throw new Error(`draft ${draft.id} is carried forward`);
  return {
    v: 1,
    id: draft.id,
    number: finalization.number,
    issueDate: finalization.issueDate,
    run: finalization.run,
    statement: finalization.statement.id,
    statementRoot: finalization.statement.root,
    tenant: draft.tenant,
    customer: draft.customer,
    currency: draft.currency,
    from: formatMicros(draft.period.from),
    to: formatMicros(draft.period.to),
    lines: draft.lines.map(invoiceLine),
    taxes: draft.categories.map(invoiceTax),
    charges: formatNanos(draft.chargesNanos),
    paidFromWallet: formatNanos(draft.paidFromWalletNanos),
    net: formatNanos(draft.netNanos),
    tax: formatNanos(draft.taxNanos),
    total: formatNanos(draft.totalNanos),
  };
}

function invoiceLine(line: DraftLine): InvoiceLine {
  const { taxCategory } = line;
  const amounts = { exact: formatNanos(line.exactNanos), amount: formatNanos(line.amountNanos) };
  if (line.kind !== 'charges') return { kind: line.kind, taxCategory, ...amounts };
  const { aggregate } = line;
  return {
    kind: aggregate.kind === 'usage' && aggregate.late ? 'late' : aggregate.kind,
    taxCategory,
    price: aggregate.priceKey,
    priceVersion: aggregate.priceVersion,
    description: aggregate.description,
    ...(Object.keys(aggregate.cell).length > 0 ? { cell: aggregate.cell } : {}),
    usageFrom: formatMicros(aggregate.usagePeriod.from),
    usageTo: formatMicros(aggregate.usagePeriod.to),
    charges: aggregate.charges,
    // Quantities are scaled 1e-9 as nanos are, and have the same canonical form.
    quantity: formatNanos(aggregate.quantity),
    charged: formatNanos(aggregate.chargeNanos),
    paidFromWallet: formatNanos(aggregate.paidFromWalletNanos),
    ...amounts,
  };
}

function invoiceTax(category: DraftCategory): InvoiceTax {
  return {
    taxCategory: category.taxCategory,
    rate: formatRatePercent(category.tax.ratePpm),
    included: category.tax.included,
    exempt: category.tax.exempt,
    exact: formatNanos(category.exactNanos),
    net: formatNanos(category.netNanos),
    tax: formatNanos(category.taxNanos),
    residual: formatNanos(category.residualNanos),
  };
}
