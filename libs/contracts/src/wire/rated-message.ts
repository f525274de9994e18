import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AppliedHold, ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';
import { AppliedHoldSchema } from '../generated/farthing/rating/v1/rated_pb.js';
import { Dictionary } from './dictionary.js';
import { offsetDeltas } from './offset-deltas.js';
import { readRanged, writeRange } from './ranged-message.js';
import type { DecodedRange, RangedContent } from './ranged-message.js';
import type { RatedCharge } from './rated-charge.js';
import { WireError, WireReader } from './wire-reader.js';
import { WireWriter } from './wire-writer.js';

/** What rating made of the half-open range [from, to) of the log. Charges and echoes are in order of position. */
export interface RatedMessageContent extends RangedContent {
  readonly appliedHolds: ReadonlyArray<MessageInitShape<typeof AppliedHoldSchema>>;
  readonly charges: readonly RatedCharge[];
}

export interface DecodedRatedMessage extends DecodedRange {
  readonly appliedHolds: readonly AppliedHold[];
  readonly charges: readonly RatedCharge[];
}

/** Quantities are written as high * 10^18 + low, so that 36 digits fit two 64-bit columns. */
const LOW = 1_000_000_000_000_000_000n;

/** The bytes of a `RatedMessage`: a function of its content alone, so it can be built again after a crash. */
export function encodeRatedMessage(content: RatedMessageContent): Buffer {
  const wire = new WireWriter(1_024 + content.charges.length * 256);
  writeRange(wire, content);
  for (const hold of content.appliedHolds) {
    wire.message(5, toBinary(AppliedHoldSchema, create(AppliedHoldSchema, hold)));
  }
  if (content.charges.length > 0) wire.message(6, encodeCharges(content.charges));
  return wire.finish();
}

/** Never less than the bytes that the charge adds to a message; for closing one at its limit. */
export function ratedChargeBytesMax(charge: RatedCharge): number {
  const texts =
    charge.tenant.length + charge.customer.length + charge.corrects.length + charge.source.length;
  const more = charge.eventId.length + charge.type.length + charge.meter.length;
  const cell = (charge.price.length + charge.cell.length) * 3;
  const shares = charge.shares.reduce((bytes, { creator }) => bytes + creator.length + 21, 0);
  return 280 + texts + more + cell + shares;
}

/** Throws `UnknownRecordError` for a newer version, `WireError` for bytes that are no rated message. */
export function decodeRatedMessage(bytes: Uint8Array): DecodedRatedMessage {
  const appliedHolds: AppliedHold[] = [];
  let charges: RatedCharge[] = [];
  const range = readRanged(bytes, 'rated', (reader) => {
    if (reader.field === 5) appliedHolds.push(fromBinary(AppliedHoldSchema, reader.bytes()));
    else if (reader.field === 6) charges = decodeCharges(reader.bytes());
    else reader.skip();
  });
  return { ...range, appliedHolds, charges };
}

function encodeCharges(charges: readonly RatedCharge[]): Buffer {
  const dictionary = new Dictionary();
  const text = (pick: (charge: RatedCharge) => string) =>
    charges.map((charge) => dictionary.indexOf(pick(charge)));
  const column = <T>(pick: (charge: RatedCharge) => T) => charges.map(pick);
  // The dictionary must be complete before it is written, and it is written first.
  const tenants = text((c) => c.tenant);
  const customers = text((c) => c.customer);
  const currencies = text((c) => c.currency);
  const corrects = text((c) => c.corrects);
  const sources = text((c) => c.source);
  const eventIds = text((c) => c.eventId);
  const types = text((c) => c.type);
  const meters = text((c) => c.meter);
  const prices = text((c) => c.price);
  const cells = text((c) => c.cell);
  const shareCreators = charges.flatMap((c) => c.shares.map((s) => dictionary.indexOf(s.creator)));

  const wire = new WireWriter(1_024 + charges.length * 256);
  wire.strings(1, dictionary.strings);
  wire.packedUints(2, offsetDeltas(charges));
  wire.packedUints(
    3,
    column((c) => c.index),
  );
  wire.packedUints(
    4,
    column((c) => c.n),
  );
  wire.packedUints(5, tenants);
  wire.packedUints(6, customers);
  wire.packedUints(7, currencies);
  wire.packedUints(
    8,
    column((c) => c.kind),
  );
  wire.packedUints(9, corrects);
  wire.packedUints(10, sources);
  wire.packedUints(11, eventIds);
  wire.packedUints(12, types);
  wire.packedUints(13, meters);
  wire.packedUints(14, prices);
  wire.packedUints(
    15,
    column((c) => c.priceVersion),
  );
  wire.packedUints(16, cells);
  wire.packedFixed64s(
    17,
    column((c) => c.occurredAt),
  );
  wire.packedFixed64s(
    18,
    column((c) => c.usageFrom),
  );
  wire.packedFixed64s(
    19,
    column((c) => c.usageTo),
  );
  wire.packedFixed64s(
    20,
    column((c) => c.bookingFrom),
  );
  wire.packedFixed64s(
    21,
    column((c) => c.bookingTo),
  );
  wire.packedSints(
    22,
    column((c) => c.quantityBefore / LOW),
  );
  wire.packedSints(
    23,
    column((c) => c.quantityBefore % LOW),
  );
  wire.packedSints(
    24,
    column((c) => c.quantityAfter / LOW),
  );
  wire.packedSints(
    25,
    column((c) => c.quantityAfter % LOW),
  );
  wire.packedSints(
    26,
    column((c) => c.amountNanos),
  );
  wire.packedSints(
    27,
    column((c) => c.quoteDifferenceNanos),
  );
  wire.joinedBytes(
    28,
    column((c) => c.bodyHash),
    charges.length * 32,
  );
  wire.packedUints(
    29,
    column((c) => c.shares.length),
  );
  wire.packedUints(30, shareCreators);
  wire.packedSints(
    31,
    charges.flatMap((c) => c.shares.map((s) => s.amountNanos)),
  );
  return wire.finish();
}

const DICTIONARY_COLUMNS = {
  tenant: 5,
  customer: 6,
  currency: 7,
  corrects: 9,
  source: 10,
  eventId: 11,
  type: 12,
  meter: 13,
  price: 14,
  cell: 16,
} as const;

function decodeCharges(bytes: Uint8Array): RatedCharge[] {
  const strings: string[] = [];
  const uints: Uint32Array[] = [];
  const fixed: Float64Array[] = [];
  const sints: bigint[][] = [];
  let deltas: number[] = [];
  let bodyHashes: Buffer = Buffer.alloc(0);
  const reader = new WireReader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) strings.push(reader.string());
    else if (field === 2) deltas = reader.packedSafeUints();
    else if (field === 28) bodyHashes = reader.bytes();
    else if (field >= 17 && field <= 21) fixed[field] = reader.packedFixed64s();
    else if ((field >= 22 && field <= 27) || field === 31) sints[field] = reader.packedSints();
    else if (field <= 30) uints[field] = reader.packedUints();
    else reader.skip();
  }
  const count = deltas.length;
  const perCharge = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 29].map((f) => uints[f]);
  const sized = [...perCharge, ...[17, 18, 19, 20, 21].map((f) => fixed[f])];
  sized.push(...[22, 23, 24, 25, 26, 27].map((f) => sints[f] as never));
  if (sized.some((column) => column?.length !== count) || bodyHashes.length !== count * 32) {
    throw new WireError('the columns of a rated message do not fit together');
  }
  const text = (name: keyof typeof DICTIONARY_COLUMNS, i: number) =>
    strings[uints[DICTIONARY_COLUMNS[name]]![i]!]!;
  const charges: RatedCharge[] = [];
  let offset = 0n;
  let share = 0;
  for (let i = 0; i < count; i++) {
    offset += BigInt(deltas[i]!);
    const shares: { creator: string; amountNanos: bigint }[] = [];
    for (let end = share + uints[29]![i]!; share < end; share++) {
      shares.push({ creator: strings[uints[30]![share]!]!, amountNanos: sints[31]![share]! });
    }
    charges.push({
      offset,
      index: uints[3]![i]!,
      n: uints[4]![i]!,
      tenant: text('tenant', i),
      customer: text('customer', i),
      currency: text('currency', i),
      kind: uints[8]![i] as ChargeKind,
      corrects: text('corrects', i),
      source: text('source', i),
      eventId: text('eventId', i),
      type: text('type', i),
      meter: text('meter', i),
      price: text('price', i),
      priceVersion: uints[15]![i]!,
      cell: text('cell', i),
      occurredAt: fixed[17]![i]!,
      usageFrom: fixed[18]![i]!,
      usageTo: fixed[19]![i]!,
      bookingFrom: fixed[20]![i]!,
      bookingTo: fixed[21]![i]!,
      quantityBefore: sints[22]![i]! * LOW + sints[23]![i]!,
      quantityAfter: sints[24]![i]! * LOW + sints[25]![i]!,
      amountNanos: sints[26]![i]!,
      quoteDifferenceNanos: sints[27]![i]!,
      bodyHash: bodyHashes.subarray(i * 32, i * 32 + 32),
      shares,
    });
  }
  return charges;
}
