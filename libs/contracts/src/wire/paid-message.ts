import type { ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';
import { Dictionary } from './dictionary.js';
import { offsetDeltas } from './offset-deltas.js';
import { readRanged, writeRange } from './ranged-message.js';
import type { DecodedRange, RangedContent } from './ranged-message.js';
import { WireError, WireReader } from './wire-reader.js';
import { WireWriter } from './wire-writer.js';

/** One part of a charge: what one grant, or the receivable, took of it. */
export interface ChargePayment {
  readonly offset: bigint;
  readonly index: number;
  readonly n: number;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly kind: ChargeKind;
  readonly price: string;
  readonly priceVersion: number;
  readonly cell: string;
  readonly usageFrom: number;
  readonly bookingFrom: number;
  readonly bookingTo: number;
  /** The grant that paid; '' is the receivable. */
  readonly grant: string;
  readonly amountNanos: bigint;
}

/** Who paid the charges of the half-open range [from, to) of the log. */
export interface PaidMessageContent extends RangedContent {
  readonly payments: readonly ChargePayment[];
}

export interface DecodedPaidMessage extends DecodedRange {
  readonly payments: readonly ChargePayment[];
}

/** The bytes of a `PaidMessage`. */
export function encodePaidMessage(content: PaidMessageContent): Buffer {
  const wire = new WireWriter(1_024 + content.payments.length * 96);
  writeRange(wire, content);
  if (content.payments.length > 0) wire.message(5, encodePayments(content.payments));
  return wire.finish();
}

/** Throws `UnknownRecordError` for a newer version, `WireError` for bytes that are no paid message. */
export function decodePaidMessage(bytes: Uint8Array): DecodedPaidMessage {
  let payments: ChargePayment[] = [];
  const range = readRanged(bytes, 'paid', (reader) => {
    if (reader.field === 5) payments = decodePayments(reader.bytes());
    else reader.skip();
  });
  return { ...range, payments };
}

function encodePayments(payments: readonly ChargePayment[]): Buffer {
  const dictionary = new Dictionary();
  const text = (pick: (payment: ChargePayment) => string) =>
    payments.map((payment) => dictionary.indexOf(pick(payment)));
  const column = <T>(pick: (payment: ChargePayment) => T) => payments.map(pick);
  // The dictionary must be complete before it is written, and it is written first.
  const tenants = text((p) => p.tenant);
  const customers = text((p) => p.customer);
  const currencies = text((p) => p.currency);
  const prices = text((p) => p.price);
  const cells = text((p) => p.cell);
  const grants = text((p) => p.grant);

  const wire = new WireWriter(1_024 + payments.length * 96);
  wire.strings(1, dictionary.strings);
  wire.packedUints(2, offsetDeltas(payments.map(({ offset }) => offset)));
  wire.packedUints(
    3,
    column((p) => p.index),
  );
  wire.packedUints(
    4,
    column((p) => p.n),
  );
  wire.packedUints(5, tenants);
  wire.packedUints(6, customers);
  wire.packedUints(7, currencies);
  wire.packedUints(
    8,
    column((p) => p.kind),
  );
  wire.packedUints(9, prices);
  wire.packedUints(
    10,
    column((p) => p.priceVersion),
  );
  wire.packedUints(11, cells);
  wire.packedFixed64s(
    12,
    column((p) => p.usageFrom),
  );
  wire.packedFixed64s(
    13,
    column((p) => p.bookingFrom),
  );
  wire.packedFixed64s(
    14,
    column((p) => p.bookingTo),
  );
  wire.packedUints(15, grants);
  wire.packedSints(
    16,
    column((p) => p.amountNanos),
  );
  return wire.finish();
}

function decodePayments(bytes: Uint8Array): ChargePayment[] {
  const strings: string[] = [];
  const uints: Uint32Array[] = [];
  const fixed: Float64Array[] = [];
  let deltas: number[] = [];
  let amounts: bigint[] = [];
  const reader = new WireReader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) strings.push(reader.string());
    else if (field === 2) deltas = reader.packedSafeUints();
    else if (field >= 12 && field <= 14) fixed[field] = reader.packedFixed64s();
    else if (field === 16) amounts = reader.packedSints();
    else if (field <= 15) uints[field] = reader.packedUints();
    else reader.skip();
  }
  const count = deltas.length;
  const columns = [3, 4, 5, 6, 7, 8, 9, 10, 11, 15].map((field) => uints[field]?.length);
  const lengths = [...columns, ...[12, 13, 14].map((field) => fixed[field]?.length)];
  if (lengths.some((length) => length !== count) || amounts.length !== count) {
    throw new WireError('the columns of a paid message do not fit together');
  }
  let offset = 0n;
  return deltas.map((delta, i) => {
    offset += BigInt(delta);
    const text = (field: number) => strings[uints[field]![i]!]!;
    return {
      offset,
      index: uints[3]![i]!,
      n: uints[4]![i]!,
      tenant: text(5),
      customer: text(6),
      currency: text(7),
      kind: uints[8]![i] as ChargeKind,
      price: text(9),
      priceVersion: uints[10]![i]!,
      cell: text(11),
      usageFrom: fixed[12]![i]!,
      bookingFrom: fixed[13]![i]!,
      bookingTo: fixed[14]![i]!,
      grant: text(15),
      amountNanos: amounts[i]!,
    };
  });
}
