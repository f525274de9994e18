import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AppliedHold, ChargeKind } from '../generated/farthing/rating/v1/rated_pb.js';
import { AppliedHoldSchema, PricedBeforeSchema } from '../generated/farthing/rating/v1/rated_pb.js';
import { readRanged, writeRange } from './ranged-message.js';
import type { DecodedRange, RangedContent } from './ranged-message.js';
import { LOW, RatedChargeColumns } from './rated-charge-columns.js';
import type { RatedCharge } from './rated-charge.js';
import { WireError, WireReader } from './wire-reader.js';
import { WireWriter } from './wire-writer.js';

/** What rating made of the half-open range [from, to) of the log. Charges and echoes are in order of position. */
export interface RatedMessageContent extends RatedFrame {
  readonly charges: readonly RatedCharge[];
}

/** A rated message but for its charges. */
export interface RatedFrame extends RangedContent {
  readonly appliedHolds: ReadonlyArray<MessageInitShape<typeof AppliedHoldSchema>>;
}

export interface DecodedRatedMessage extends DecodedRange {
  readonly appliedHolds: readonly AppliedHold[];
  readonly charges: readonly RatedCharge[];
}

/** The bytes of a `RatedMessage`: a function of its content alone, so it can be built again after a crash. */
export function encodeRatedMessage({ charges, ...frame }: RatedMessageContent): Buffer {
  const columns = new RatedChargeColumns();
  for (const charge of charges) columns.add(charge);
  return encodeRatedFrame(frame, columns);
}

/** The same of charges that are columns already. */
export function encodeRatedFrame(frame: RatedFrame, charges: RatedChargeColumns): Buffer {
  const wire = new WireWriter(1_024 + (charges.count > 0 ? charges.bytesMax : 0));
  writeRange(wire, frame);
  for (const hold of frame.appliedHolds) {
    wire.message(5, toBinary(AppliedHoldSchema, create(AppliedHoldSchema, hold)));
  }
  if (charges.count > 0) wire.message(6, charges.encode());
  return wire.finish();
}

/** Its range and echoes, without the price of reading its charges. Throws as `decodeRatedMessage` does. */
export function decodeRatedEchoes(bytes: Uint8Array): DecodedRange {
  return readRanged(bytes, 'rated', (reader) => reader.skip());
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
  const before = new Map<number, RatedCharge['pricedBefore']>();
  const reader = new WireReader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) strings.push(reader.string());
    else if (field === 2) deltas = reader.packedSafeUints();
    else if (field === 28) bodyHashes = reader.bytes();
    else if (field >= 17 && field <= 21) fixed[field] = reader.packedFixed64s();
    else if ((field >= 22 && field <= 27) || field === 31) sints[field] = reader.packedSints();
    else if (field === 32) {
      const { charge, events, amountNanos } = fromBinary(PricedBeforeSchema, reader.bytes());
      before.set(charge, { events: Number(events), amount: amountNanos });
    } else if (field <= 30) uints[field] = reader.packedUints();
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
      pricedBefore: before.get(i),
      shares,
    });
  }
  return charges;
}
