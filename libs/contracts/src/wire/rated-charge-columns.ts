import { Dictionary } from './dictionary.js';
import { offsetDeltas } from './offset-deltas.js';
import type { RatedCharge } from './rated-charge.js';
import { WireWriter } from './wire-writer.js';

/** How far the columns were filled, to go back to. */
export interface RatedChargesMark {
  readonly charges: number;
  readonly shares: number;
  readonly strings: number;
}

/** Quantities are written as high * 10^18 + low, so that 36 digits fit two 64-bit columns. */
export const LOW = 1_000_000_000_000_000_000n;
const MINUS_LOW = -LOW;

/** Fourteen small numbers, five instants, six varints of at most ten bytes, and the hash. */
const CHARGE_BYTES = 14 * 5 + 5 * 8 + 6 * 10 + 32;
const SHARE_BYTES = 5 + 10;
const HEADER_BYTES = 256;

/** Texts that a charge may add to the dictionary, besides its creators, and what each costs besides its bytes. */
const CHARGE_TEXTS = 11;
const TEXT_BYTES = 6;

/** Never less than so many charges add to a message; `textLength` is that of all their texts, in UTF-16 units. */
export function ratedChargesBytesMax(
  charges: number,
  { shares, textLength }: { readonly shares: number; readonly textLength: number },
): number {
  const texts = charges * CHARGE_TEXTS + shares;
  return charges * CHARGE_BYTES + shares * SHARE_BYTES + texts * TEXT_BYTES + textLength * 3;
}

/**
 * The charges of a rated message, taken apart into its columns as they are made, so that nothing of a charge need
 * outlive its making but the texts and amounts themselves.
 */
export class RatedChargeColumns {
  readonly #dictionary = new Dictionary();
  readonly #tenants = new TextColumn(this.#dictionary);
  readonly #customers = new TextColumn(this.#dictionary);
  readonly #currencies = new TextColumn(this.#dictionary);
  readonly #corrects = new TextColumn(this.#dictionary);
  readonly #sources = new TextColumn(this.#dictionary);
  readonly #types = new TextColumn(this.#dictionary);
  readonly #meters = new TextColumn(this.#dictionary);
  readonly #prices = new TextColumn(this.#dictionary);
  readonly #cells = new TextColumn(this.#dictionary);
  readonly #creators = new TextColumn(this.#dictionary);
  readonly #eventIds: number[] = [];
  readonly #offsets: bigint[] = [];
  readonly #indexes: number[] = [];
  readonly #ns: number[] = [];
  readonly #kinds: number[] = [];
  readonly #priceVersions: number[] = [];
  readonly #occurredAts: number[] = [];
  readonly #usageFroms: number[] = [];
  readonly #usageTos: number[] = [];
  readonly #bookingFroms: number[] = [];
  readonly #bookingTos: number[] = [];
  readonly #befores: bigint[] = [];
  readonly #afters: bigint[] = [];
  readonly #amounts: bigint[] = [];
  readonly #quoteDifferences: bigint[] = [];
  readonly #bodyHashes: Uint8Array[] = [];
  readonly #shareCounts: number[] = [];
  readonly #shareAmounts: bigint[] = [];

  get count(): number {
    return this.#indexes.length;
  }

  /** Never less than the bytes that `encode` would give. */
  get bytesMax(): number {
    return (
      HEADER_BYTES +
      this.count * CHARGE_BYTES +
      this.#shareAmounts.length * SHARE_BYTES +
      this.#dictionary.bytesMax
    );
  }

  /** Charges come in order of (offset, index, n). */
  add(charge: RatedCharge): void {
    this.#eventIds.push(this.#eventIdOf(charge));
    this.#offsets.push(charge.offset);
    this.#indexes.push(charge.index);
    this.#ns.push(charge.n);
    this.#tenants.push(charge.tenant);
    this.#customers.push(charge.customer);
    this.#currencies.push(charge.currency);
    this.#kinds.push(charge.kind);
    this.#corrects.push(charge.corrects);
    this.#sources.push(charge.source);
    this.#types.push(charge.type);
    this.#meters.push(charge.meter);
    this.#prices.push(charge.price);
    this.#priceVersions.push(charge.priceVersion);
    this.#cells.push(charge.cell);
    this.#occurredAts.push(charge.occurredAt);
    this.#usageFroms.push(charge.usageFrom);
    this.#usageTos.push(charge.usageTo);
    this.#bookingFroms.push(charge.bookingFrom);
    this.#bookingTos.push(charge.bookingTo);
    this.#befores.push(charge.quantityBefore);
    this.#afters.push(charge.quantityAfter);
    this.#amounts.push(charge.amountNanos);
    this.#quoteDifferences.push(charge.quoteDifferenceNanos);
    this.#bodyHashes.push(charge.bodyHash);
    this.#shareCounts.push(charge.shares.length);
    for (const { creator, amountNanos } of charge.shares) {
      this.#creators.push(creator);
      this.#shareAmounts.push(amountNanos);
    }
  }

  mark(): RatedChargesMark {
    const strings = this.#dictionary.strings.length;
    return { charges: this.count, shares: this.#shareAmounts.length, strings };
  }

  truncate({ charges, shares, strings }: RatedChargesMark): void {
    this.#dictionary.truncate(strings);
    const texts = [
      this.#tenants,
      this.#customers,
      this.#currencies,
      this.#corrects,
      this.#sources,
      this.#types,
      this.#meters,
      this.#prices,
      this.#cells,
    ];
    for (const column of texts) column.truncate(charges);
    for (const column of this.#plainColumns()) column.length = charges;
    this.#creators.truncate(shares);
    this.#shareAmounts.length = shares;
  }

  /** The bytes of a `RatedCharges`. */
  encode(): Buffer {
    const wire = new WireWriter(this.bytesMax);
    wire.strings(1, this.#dictionary.strings);
    wire.packedUints(2, offsetDeltas(this.#offsets));
    wire.packedUints(3, this.#indexes);
    wire.packedUints(4, this.#ns);
    wire.packedUints(5, this.#tenants.indexes);
    wire.packedUints(6, this.#customers.indexes);
    wire.packedUints(7, this.#currencies.indexes);
    wire.packedUints(8, this.#kinds);
    wire.packedUints(9, this.#corrects.indexes);
    wire.packedUints(10, this.#sources.indexes);
    wire.packedUints(11, this.#eventIds);
    wire.packedUints(12, this.#types.indexes);
    wire.packedUints(13, this.#meters.indexes);
    wire.packedUints(14, this.#prices.indexes);
    wire.packedUints(15, this.#priceVersions);
    wire.packedUints(16, this.#cells.indexes);
    wire.packedFixed64s(17, this.#occurredAts);
    wire.packedFixed64s(18, this.#usageFroms);
    wire.packedFixed64s(19, this.#usageTos);
    wire.packedFixed64s(20, this.#bookingFroms);
    wire.packedFixed64s(21, this.#bookingTos);
    wire.packedSints(22, highs(this.#befores));
    wire.packedSints(23, lows(this.#befores));
    wire.packedSints(24, highs(this.#afters));
    wire.packedSints(25, lows(this.#afters));
    wire.packedSints(26, this.#amounts);
    wire.packedSints(27, this.#quoteDifferences);
    wire.joinedBytes(28, this.#bodyHashes, this.count * 32);
    wire.packedUints(29, this.#shareCounts);
    wire.packedUints(30, this.#creators.indexes);
    wire.packedSints(31, this.#shareAmounts);
    return wire.finish();
  }

  /** An event's id is its own: only charges of one event share it, and those follow one another. */
  #eventIdOf({ offset, index, eventId }: RatedCharge): number {
    if (eventId === '') return 0;
    const last = this.count - 1;
    if (last >= 0 && this.#indexes[last] === index && this.#offsets[last] === offset) {
      const known = this.#eventIds[last]!;
      if (this.#dictionary.strings[known] === eventId) return known;
    }
    return this.#dictionary.append(eventId);
  }

  #plainColumns(): unknown[][] {
    return [
      this.#eventIds,
      this.#offsets,
      this.#indexes,
      this.#ns,
      this.#kinds,
      this.#priceVersions,
      this.#occurredAts,
      this.#usageFroms,
      this.#usageTos,
      this.#bookingFroms,
      this.#bookingTos,
      this.#befores,
      this.#afters,
      this.#amounts,
      this.#quoteDifferences,
      this.#bodyHashes,
      this.#shareCounts,
    ];
  }
}

/** A column of dictionary indexes. What one charge says the next often says, too, and is then not looked up. */
class TextColumn {
  readonly indexes: number[] = [];
  #lastText = '';
  #lastIndex = 0;

  constructor(private readonly dictionary: Dictionary) {}

  push(text: string): void {
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastIndex = this.dictionary.indexOf(text);
    }
    this.indexes.push(this.#lastIndex);
  }

  truncate(length: number): void {
    this.indexes.length = length;
    this.#lastText = '';
    this.#lastIndex = 0;
  }
}

function highs(quantities: readonly bigint[]): bigint[] {
  return quantities.map((quantity) => (isLow(quantity) ? 0n : quantity / LOW));
}

function lows(quantities: readonly bigint[]): readonly bigint[] {
  return quantities.every(isLow) ? quantities : quantities.map((quantity) => quantity % LOW);
}

function isLow(quantity: bigint): boolean {
  return quantity > MINUS_LOW && quantity < LOW;
}
