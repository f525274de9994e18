import { nanosPerMinor, type Currency } from '../money/currency.js';
import type { Nanos } from '../money/nanos.js';
import { divideRounded, type RoundingMode } from '../money/round.js';

/** Parts per million, so that 8.875 % is 88,750. */
export type TaxRate =
  | { readonly kind: 'standard'; readonly ratePpm: number }
  | { readonly kind: 'exempt' };

export type TaxSettings =
  /** The tenant charges no tax at all. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'rates';
      readonly pricesIncludeTax: boolean;
      /** By tax category. A category that is not listed is refused, never taken as free of tax. */
      readonly rates: Readonly<Record<string, TaxRate>>;
    };

/** How one category is taxed on one document. */
export interface CategoryTax {
  readonly ratePpm: number;
  readonly included: boolean;
  readonly exempt: boolean;
}

export interface TaxedAmount {
  /** The base, in whole minor units. */
  readonly netNanos: Nanos;
  /** Base × rate, in whole minor units. */
  readonly taxNanos: Nanos;
}

const MILLION = 1_000_000n;

/** Undefined when the settings have no rate for the category. */
export function categoryTax(settings: TaxSettings, taxCategory: string): CategoryTax | undefined {
  if (settings.kind === 'none') return { ratePpm: 0, included: false, exempt: false };
  if (!Object.hasOwn(settings.rates, taxCategory)) return undefined;
  const rate = settings.rates[taxCategory];
  if (!rate) return undefined;
  const ratePpm = rate.kind === 'standard' ? rate.ratePpm : 0;
  return { ratePpm, included: settings.pricesIncludeTax, exempt: rate.kind === 'exempt' };
}

/**
 * Rounds an exact amount once to a base in whole minor units, and the tax once from that base (EN
 * 16931, BR-CO-17). An amount that contains tax is taken apart first.
 */
export function taxedAmount(
  exactNanos: Nanos,
  tax: CategoryTax,
  { currency, mode }: { readonly currency: Currency; readonly mode: RoundingMode },
): TaxedAmount {
  const unit = nanosPerMinor(currency);
  const rate = BigInt(tax.ratePpm);
  const base = tax.included
    ? divideRounded(exactNanos * MILLION, (MILLION + rate) * unit, mode)
    : divideRounded(exactNanos, unit, mode);
  const netNanos = base * unit;
  return { netNanos, taxNanos: divideRounded(base * rate, MILLION, mode) * unit };
}

/**
 * The part of one amount that is not tax, to the nano: what a line weighs when the base is spread
 * over lines.
 */
export function netPart(exactNanos: Nanos, tax: CategoryTax): Nanos {
  if (!tax.included) return exactNanos;
  return divideRounded(exactNanos * MILLION, MILLION + BigInt(tax.ratePpm), 'half_even');
}

/** `88750` → `"8.875"`: a percentage for documents. */
export function formatRatePercent(ratePpm: number): string {
  const digits = String(ratePpm).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, '');
}
