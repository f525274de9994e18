import type { Micros } from '@farthing/domain/period/micros';

/** As many as a unit price may have. */
const MOST_DECIMALS = 18;
/** A number by itself as our sentences write it, not a part of a name or in quotes. */
const NUMBER = /(?<![\w.,"'-])\d+(?:,\d{3})*(?:\.\d+)?/g;

/**
 * How a locale writes numbers, money and instants. `Intl.NumberFormat` reads decimal strings
 * exactly, whatever their length: nothing here is ever a float.
 */
export class LocalText {
  /** What the runtime knows of the locale that was asked for: `en` when nothing. */
  readonly locale: string;
  readonly #number: Intl.NumberFormat;
  readonly #instant: Intl.DateTimeFormat;
  readonly #money = new Map<string, Intl.NumberFormat>();

  constructor(locale: string) {
    this.#number = new Intl.NumberFormat([locale, 'en'], { maximumFractionDigits: MOST_DECIMALS });
    this.locale = this.#number.resolvedOptions().locale;
    this.#instant = new Intl.DateTimeFormat(this.locale, {
      dateStyle: 'long',
      timeStyle: 'long',
      timeZone: 'UTC',
    });
  }

  /** A sentence with its numbers as the locale writes them. */
  sentence(english: string): string {
    return english.replaceAll(NUMBER, (text) => exact(this.#number, text.replaceAll(',', '')));
  }

  /** A decimal string in major units, with no less digits than the currency has. */
  money(amount: string, currency: string): string {
    let format = this.#money.get(currency);
    if (!format) {
      const style = { style: 'currency', currency, maximumFractionDigits: MOST_DECIMALS } as const;
      this.#money.set(currency, (format = new Intl.NumberFormat(this.locale, style)));
    }
    return exact(format, amount);
  }

  instant(at: Micros): string {
    return this.#instant.format(Math.floor(at / 1_000));
  }
}

/** The types of Node 20 leave out that a decimal string is read as it is. */
function exact(format: Intl.NumberFormat, decimal: string): string {
  return format.format(decimal as unknown as bigint);
}
