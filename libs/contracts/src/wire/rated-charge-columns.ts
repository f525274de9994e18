import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { PricedBeforeSchema } from '../generated/farthing/rating/v1/rated_pb.js';
import type { ByteSink } from './byte-sink.js';
import { Dictionary } from './dictionary.js';
import { BytesColumn, Fixed64Column, SintColumn, TextColumn, UintColumn } from './packed-column.js';
import type { RatedCharge } from './rated-charge.js';
import { WireWriter } from './wire-writer.js';

/** How far the columns were filled, to go back to. */
export interface RatedChargesMark {
  readonly charges: number;
  readonly shares: number;
  readonly strings: number;
  readonly pricedBefore: number;
  readonly last: LastCharge;
  /** Of each column, in bytes. */
  readonly lengths: readonly number[];
}

/** What the next charge is compared with. */
interface LastCharge {
  readonly offset: bigint;
  readonly index: number;
  readonly eventId: number;
}

/** Quantities are written as high * 10^18 + low, so that 36 digits fit two 64-bit columns. */
export const LOW = 1_000_000_000_000_000_000n;
const MINUS_LOW = -LOW;

/** Fourteen small numbers, five instants, six varints of at most ten bytes, and the hash. */
const CHARGE_BYTES = 14 * 5 + 5 * 8 + 6 * 10 + 32;
const SHARE_BYTES = 5 + 10;
/** The place, two varints, and what surrounds them. */
const PRICED_BEFORE_BYTES = 5 + 2 * 10 + 8;
const HEADER_BYTES = 256;

/** Texts that a charge may add to the dictionary, besides its creators, and what each costs besides its bytes. */
const CHARGE_TEXTS = 11;
const TEXT_BYTES = 6;

/**
 * Never less than so many charges add to a message; `textLength` is that of all their texts, in UTF-16 units, and
 * `pricedBefore` how many of them say what came before.
 */
export function ratedChargesBytesMax(
  charges: number,
  {
    shares,
    textLength,
    pricedBefore = 0,
  }: { readonly shares: number; readonly textLength: number; readonly pricedBefore?: number },
): number {
  const texts = charges * CHARGE_TEXTS + shares;
  return (
    charges * CHARGE_BYTES +
    shares * SHARE_BYTES +
    texts * TEXT_BYTES +
    textLength * 3 +
    pricedBefore * PRICED_BEFORE_BYTES
  );
}

/**
 * The charges of a rated message, encoded column by column as they are made, so that nothing of a charge need outlive
 * its making.
 */
export class RatedChargeColumns {
  readonly #dictionary = new Dictionary();
  readonly #offsetDeltas = new UintColumn();
  readonly #indexes = new UintColumn();
  readonly #ns = new UintColumn();
  readonly #tenants = new TextColumn(this.#dictionary);
  readonly #customers = new TextColumn(this.#dictionary);
  readonly #currencies = new TextColumn(this.#dictionary);
  readonly #kinds = new UintColumn();
  readonly #corrects = new TextColumn(this.#dictionary);
  readonly #sources = new TextColumn(this.#dictionary);
  readonly #eventIds = new UintColumn();
  readonly #types = new TextColumn(this.#dictionary);
  readonly #meters = new TextColumn(this.#dictionary);
  readonly #prices = new TextColumn(this.#dictionary);
  readonly #priceVersions = new UintColumn();
  readonly #cells = new TextColumn(this.#dictionary);
  readonly #occurredAts = new Fixed64Column();
  readonly #usageFroms = new Fixed64Column();
  readonly #usageTos = new Fixed64Column();
  readonly #bookingFroms = new Fixed64Column();
  readonly #bookingTos = new Fixed64Column();
  readonly #beforeHighs = new SintColumn();
  readonly #beforeLows = new SintColumn();
  readonly #afterHighs = new SintColumn();
  readonly #afterLows = new SintColumn();
  readonly #amounts = new SintColumn();
  readonly #quoteDifferences = new SintColumn();
  readonly #bodyHashes = new BytesColumn();
  readonly #shareCounts = new UintColumn();
  readonly #creators = new TextColumn(this.#dictionary);
  readonly #shareAmounts = new SintColumn();
  /** By field, from 2 on. */
  readonly #columns: ReadonlyArray<{ readonly sink: ByteSink }> = [
    this.#offsetDeltas,
    this.#indexes,
    this.#ns,
    this.#tenants,
    this.#customers,
    this.#currencies,
    this.#kinds,
    this.#corrects,
    this.#sources,
    this.#eventIds,
    this.#types,
    this.#meters,
    this.#prices,
    this.#priceVersions,
    this.#cells,
    this.#occurredAts,
    this.#usageFroms,
    this.#usageTos,
    this.#bookingFroms,
    this.#bookingTos,
    this.#beforeHighs,
    this.#beforeLows,
    this.#afterHighs,
    this.#afterLows,
    this.#amounts,
    this.#quoteDifferences,
    this.#bodyHashes,
    this.#shareCounts,
    this.#creators,
    this.#shareAmounts,
  ];
  readonly #pricedBefore: MessageInitShape<typeof PricedBeforeSchema>[] = [];
  #count = 0;
  #shares = 0;
  #last: LastCharge = { offset: 0n, index: -1, eventId: 0 };

  get count(): number {
    return this.#count;
  }

  /** Never less than the bytes that `encode` would give. */
  get bytesMax(): number {
    return (
      HEADER_BYTES +
      this.#count * CHARGE_BYTES +
      this.#shares * SHARE_BYTES +
      this.#pricedBefore.length * PRICED_BEFORE_BYTES +
      this.#dictionary.bytesMax
    );
  }

  /** Charges come in order of (offset, index, n). */
  add(charge: RatedCharge): void {
    this.#addPlace(charge);
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
    pushQuantity(charge.quantityBefore, this.#beforeHighs, this.#beforeLows);
    pushQuantity(charge.quantityAfter, this.#afterHighs, this.#afterLows);
    this.#amounts.push(charge.amountNanos);
    this.#quoteDifferences.push(charge.quoteDifferenceNanos);
    this.#bodyHashes.push(charge.bodyHash);
    this.#shareCounts.push(charge.shares.length);
    for (const { creator, amountNanos } of charge.shares) {
      this.#creators.push(creator);
      this.#shareAmounts.push(amountNanos);
    }
    if (charge.pricedBefore) {
      const { events, amount } = charge.pricedBefore;
      const before = { charge: this.#count, events: BigInt(events), amountNanos: amount };
      this.#pricedBefore.push(before);
    }
    this.#count += 1;
    this.#shares += charge.shares.length;
  }

  mark(): RatedChargesMark {
    return {
      charges: this.#count,
      shares: this.#shares,
      strings: this.#dictionary.strings.length,
      pricedBefore: this.#pricedBefore.length,
      last: this.#last,
      lengths: this.#columns.map(({ sink }) => sink.length),
    };
  }

  truncate(mark: RatedChargesMark): void {
    const { charges, shares, strings, last, lengths } = mark;
    this.#pricedBefore.length = mark.pricedBefore;
    this.#count = charges;
    this.#shares = shares;
    this.#last = last;
    this.#dictionary.truncate(strings);
    this.#columns.forEach((column, at) => {
      column.sink.length = lengths[at]!;
      if (column instanceof TextColumn) column.forget();
    });
  }

  /** The bytes of a `RatedCharges`. */
  encode(): Buffer {
    const wire = new WireWriter(this.bytesMax);
    wire.strings(1, this.#dictionary.strings);
    this.#columns.forEach(({ sink }, at) => wire.column(at + 2, sink));
    for (const before of this.#pricedBefore) {
      wire.message(32, toBinary(PricedBeforeSchema, create(PricedBeforeSchema, before)));
    }
    return wire.finish();
  }

  /**
   * An event's id is its own: only charges of one event share it, and those follow one another, so it is not looked
   * up.
   */
  #addPlace({ offset, index, eventId }: RatedCharge): void {
    const last = this.#last;
    const sameEvent = last.index === index && last.offset === offset;
    this.#offsetDeltas.push(last.offset === offset ? 0 : Number(offset - last.offset));
    this.#indexes.push(index);
    let id = 0;
    if (sameEvent && this.#dictionary.strings[last.eventId] === eventId) id = last.eventId;
    else if (eventId !== '') id = this.#dictionary.append(eventId);
    this.#eventIds.push(id);
    if (!sameEvent || id !== last.eventId) this.#last = { offset, index, eventId: id };
  }
}

function pushQuantity(quantity: bigint, highs: SintColumn, lows: SintColumn): void {
  if (quantity > MINUS_LOW && quantity < LOW) {
    highs.push(0n);
    lows.push(quantity);
    return;
  }
  highs.push(quantity / LOW);
  lows.push(quantity % LOW);
}
