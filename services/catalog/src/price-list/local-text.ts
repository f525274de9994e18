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
  /** By how many decimals a number is written with. */
  readonly #numbers = new Map<number, Intl.NumberFormat>();
  readonly #instant: Intl.DateTimeFormat;
  readonly #money = new Map<string, Intl.NumberFormat>();

  constructor(locale: string) {
    this.locale = new Intl.NumberFormat([locale, 'en']).resolvedOptions().locale;
    this.#instant = new Intl.DateTimeFormat(this.locale, {
      dateStyle: 'long',
      timeStyle: 'long',
      timeZone: 'UTC',
    });
  }

  /** A sentence with its numbers as the locale writes them, no digit more or less. */
  sentence(english: string): string {
    return english.replaceAll(NUMBER, (text) => {
      const plain = text.replaceAll(',', '');
      return exact(this.#numberOf(plain.split('.')[1]?.length ?? 0), plain);
    });
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

  #numberOf(decimals: number): Intl.NumberFormat {
    let format = this.#numbers.get(decimals);
    if (!format) {
      format = new Intl.NumberFormat(this.locale, { minimumFractionDigits: decimals });
      this.#numbers.set(decimals, format);
    }
    return format;
  }
}

/** The types of Node 20 leave out that a decimal string is read as it is. */
function exact(format: Intl.NumberFormat, decimal: string): string {
  return format.format(decimal as unknown as bigint);
}
