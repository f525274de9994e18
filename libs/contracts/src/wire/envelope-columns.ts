import { PropertyKind } from '../generated/farthing/usage/v1/envelope_pb.js';
import type { EnvelopeEvent, ExtractedProperty } from './envelope-builder.js';
import { quantityFromWire } from './wire-quantity.js';
import { WireError, WireReader } from './wire-reader.js';

const NO_UINTS: Uint32Array = new Uint32Array();
const NO_FLOATS: Float64Array = new Float64Array();
const NO_BYTES: Buffer = Buffer.alloc(0);

/**
 * A decoded envelope. Columns are as `envelope.proto` describes them; what follows one another there is found by
 * the running sums `idStarts`, `dataStarts`, `readingStarts` and `propertyStarts`, each with `count + 1` values.
 */
export interface EnvelopeColumns {
  readonly count: number;
  readonly catalogVersion: number;
  readonly strings: readonly string[];
  readonly tenants: Uint32Array;
  readonly customers: Uint32Array;
  readonly types: Uint32Array;
  readonly sources: Uint32Array;
  readonly holdIds: Uint32Array;
  readonly quoteTokens: Uint32Array;
  readonly idStarts: Uint32Array;
  /** All ids, one after another. */
  readonly ids: string;
  readonly keys: Buffer;
  readonly bodyHashes: Buffer;
  readonly occurredAts: Float64Array;
  readonly dataStarts: Uint32Array;
  readonly data: Buffer;
  readonly readingStarts: Uint32Array;
  readonly readingMeters: Uint32Array;
  /** In units of 10^-9. */
  readonly readingQuantities: readonly bigint[];
  readonly propertyStarts: Uint32Array;
  readonly propertyPointers: Uint32Array;
  readonly propertyValues: Uint32Array;
  readonly propertyKinds: Uint32Array;
}

/** Reads the bytes of an `Envelope`. Throws `WireError` when the columns do not fit together. */
export function decodeEnvelope(bytes: Uint8Array): EnvelopeColumns {
  const raw = readColumns(bytes);
  const count = raw.tenants.length;
  const columns: EnvelopeColumns = {
    count,
    catalogVersion: raw.catalogVersion,
    strings: raw.strings,
    tenants: raw.tenants,
    customers: raw.customers,
    types: raw.types,
    sources: raw.sources,
    holdIds: raw.holdIds,
    quoteTokens: raw.quoteTokens,
    idStarts: runningSums(raw.idLengths),
    ids: raw.ids,
    keys: raw.keys,
    bodyHashes: raw.bodyHashes,
    occurredAts: raw.occurredAts,
    dataStarts: runningSums(raw.dataLengths),
    data: raw.data,
    readingStarts: runningSums(raw.readingCounts),
    readingMeters: raw.readingMeters,
    readingQuantities: raw.mantissas.map((mantissa, i) =>
      quantityFromWire(mantissa, raw.scales[i]!),
    ),
    propertyStarts: runningSums(raw.propertyCounts),
    propertyPointers: raw.propertyPointers,
    propertyValues: raw.propertyValues,
    propertyKinds: raw.propertyKinds,
  };
  checkShape(columns, raw.scales.length);
  return columns;
}

/** One event of an envelope as an object; views of the envelope's bytes, not copies. */
export function eventAt(columns: EnvelopeColumns, index: number): EnvelopeEvent {
  const text = (column: Uint32Array) => columns.strings[column[index]!]!;
  return {
    tenant: text(columns.tenants),
    customer: text(columns.customers),
    type: text(columns.types),
    source: text(columns.sources),
    id: idAt(columns, index),
    holdId: text(columns.holdIds),
    quoteToken: text(columns.quoteTokens),
    key: columns.keys.subarray(index * 16, index * 16 + 16),
    bodyHash: columns.bodyHashes.subarray(index * 32, index * 32 + 32),
    occurredAt: columns.occurredAts[index]!,
    data: columns.data.subarray(columns.dataStarts[index]!, columns.dataStarts[index + 1]!),
    readings: readingsAt(columns, index),
    properties: propertiesAt(columns, index),
  };
}

export function idAt(columns: EnvelopeColumns, index: number): string {
  return columns.ids.slice(columns.idStarts[index]!, columns.idStarts[index + 1]!);
}

export function readingsAt(columns: EnvelopeColumns, index: number): EnvelopeEvent['readings'] {
  const readings: { meter: string; quantity: bigint }[] = [];
  for (let i = columns.readingStarts[index]!; i < columns.readingStarts[index + 1]!; i++) {
    readings.push({
      meter: columns.strings[columns.readingMeters[i]!]!,
      quantity: columns.readingQuantities[i]!,
    });
  }
  return readings;
}

export function propertiesAt(columns: EnvelopeColumns, index: number): ExtractedProperty[] {
  const properties: ExtractedProperty[] = [];
  for (let i = columns.propertyStarts[index]!; i < columns.propertyStarts[index + 1]!; i++) {
    properties.push({
      pointer: columns.strings[columns.propertyPointers[i]!]!,
      value: columns.strings[columns.propertyValues[i]!]!,
      kind: columns.propertyKinds[i] as PropertyKind,
    });
  }
  return properties;
}

function readColumns(bytes: Uint8Array) {
  const raw = {
    catalogVersion: 0,
    strings: [] as string[],
    tenants: NO_UINTS,
    customers: NO_UINTS,
    types: NO_UINTS,
    sources: NO_UINTS,
    holdIds: NO_UINTS,
    quoteTokens: NO_UINTS,
    idLengths: NO_UINTS,
    ids: '',
    keys: NO_BYTES,
    bodyHashes: NO_BYTES,
    occurredAts: NO_FLOATS,
    dataLengths: NO_UINTS,
    data: NO_BYTES,
    readingCounts: NO_UINTS,
    readingMeters: NO_UINTS,
    mantissas: [] as bigint[],
    scales: NO_UINTS,
    propertyCounts: NO_UINTS,
    propertyPointers: NO_UINTS,
    propertyValues: NO_UINTS,
    propertyKinds: NO_UINTS,
  };
  const reader = new WireReader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        raw.catalogVersion = reader.uint();
        break;
      case 2:
        raw.strings.push(reader.string());
        break;
      case 3:
        raw.tenants = reader.packedUints();
        break;
      case 4:
        raw.customers = reader.packedUints();
        break;
      case 5:
        raw.types = reader.packedUints();
        break;
      case 6:
        raw.sources = reader.packedUints();
        break;
      case 7:
        raw.holdIds = reader.packedUints();
        break;
      case 8:
        raw.quoteTokens = reader.packedUints();
        break;
      case 9:
        raw.idLengths = reader.packedUints();
        break;
      case 10:
        raw.ids = reader.bytes().toString('latin1');
        break;
      case 11:
        raw.keys = reader.bytes();
        break;
      case 12:
        raw.bodyHashes = reader.bytes();
        break;
      case 13:
        raw.occurredAts = reader.packedFixed64s();
        break;
      case 14:
        raw.dataLengths = reader.packedUints();
        break;
      case 15:
        raw.data = reader.bytes();
        break;
      case 16:
        raw.readingCounts = reader.packedUints();
        break;
      case 17:
        raw.readingMeters = reader.packedUints();
        break;
      case 18:
        raw.mantissas = reader.packedSints();
        break;
      case 19:
        raw.scales = reader.packedUints();
        break;
      case 20:
        raw.propertyCounts = reader.packedUints();
        break;
      case 21:
        raw.propertyPointers = reader.packedUints();
        break;
      case 22:
        raw.propertyValues = reader.packedUints();
        break;
      case 23:
        raw.propertyKinds = reader.packedUints();
        break;
      default:
        reader.skip();
    }
  }
  return raw;
}

function runningSums(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i]! + lengths[i]!;
  return starts;
}

function checkShape(columns: EnvelopeColumns, scales: number): void {
  const { count } = columns;
  const perEvent = [
    columns.customers,
    columns.types,
    columns.sources,
    columns.holdIds,
    columns.quoteTokens,
    columns.occurredAts,
  ];
  const readings = columns.readingStarts[count];
  const properties = columns.propertyStarts[count];
  const fits =
    perEvent.every((column) => column.length === count) &&
    columns.idStarts.length === count + 1 &&
    columns.idStarts[count] === columns.ids.length &&
    columns.keys.length === count * 16 &&
    columns.bodyHashes.length === count * 32 &&
    columns.dataStarts.length === count + 1 &&
    columns.dataStarts[count] === columns.data.length &&
    columns.readingMeters.length === readings &&
    columns.readingQuantities.length === readings &&
    scales === readings &&
    columns.propertyPointers.length === properties &&
    columns.propertyValues.length === properties &&
    columns.propertyKinds.length === properties;
  if (!fits) throw new WireError('the columns of an envelope do not fit together');
}
