import {
  ENVELOPE_EVENTS_MAX,
  MESSAGE_BYTES_MAX,
  SCHEMA_VERSION,
} from '../topics/log-generation.js';
import { PropertyKind } from '../generated/farthing/usage/v1/envelope_pb.js';
import type { ByteSink } from './byte-sink.js';
import { Dictionary } from './dictionary.js';
import {
  AsciiColumn,
  BytesColumn,
  Fixed64Column,
  SintColumn,
  TextColumn,
  UintColumn,
} from './packed-column.js';
import { quantityToWire } from './wire-quantity.js';
import { WireWriter } from './wire-writer.js';

/** A property that a meter, price or split names, taken out of the event's data. */
export interface ExtractedProperty {
  /** JSON pointer into data. */
  readonly pointer: string;
  /** Strings as they are, numbers and booleans as their text. */
  readonly value: string;
  readonly kind: PropertyKind;
}

/** An accepted event, metered, as an envelope holds it. '' stands for an absent text. */
export interface EnvelopeEvent {
  readonly tenant: string;
  readonly customer: string;
  readonly type: string;
  readonly source: string;
  /** ASCII. */
  readonly id: string;
  readonly holdId: string;
  readonly quoteToken: string;
  /** 16 bytes, see `eventKey`. */
  readonly key: Uint8Array;
  /** 32 bytes, see `bodyHash`. */
  readonly bodyHash: Uint8Array;
  /** Microseconds; 0 when the event gave no time. */
  readonly occurredAt: number;
  /** The original bytes of the event's data. */
  readonly data: Uint8Array;
  /** Quantities in units of 10^-9. */
  readonly readings: ReadonlyArray<{ readonly meter: string; readonly quantity: bigint }>;
  readonly properties: readonly ExtractedProperty[];
}

/** Fixed columns of one event, with every number as long as it can be. */
const EVENT_BYTES = 16 + 32 + 8 + 10 * 5;
const READING_BYTES = 5 + 10 + 1;
const PROPERTY_BYTES = 5 + 5 + 1;
const HEADER_BYTES = 256;

/** Packs events into one `UsageRecord` with an envelope. */
export class EnvelopeBuilder {
  readonly #dictionary = new Dictionary();
  readonly #tenants = new TextColumn(this.#dictionary);
  readonly #customers = new TextColumn(this.#dictionary);
  readonly #types = new TextColumn(this.#dictionary);
  readonly #sources = new TextColumn(this.#dictionary);
  readonly #holdIds = new TextColumn(this.#dictionary);
  readonly #quoteTokens = new TextColumn(this.#dictionary);
  readonly #idLengths = new UintColumn();
  readonly #ids = new AsciiColumn();
  readonly #keys = new BytesColumn();
  readonly #bodyHashes = new BytesColumn();
  readonly #occurredAts = new Fixed64Column();
  readonly #dataLengths = new UintColumn();
  readonly #data = new BytesColumn();
  readonly #readingCounts = new UintColumn();
  readonly #readingMeters = new TextColumn(this.#dictionary);
  readonly #readingMantissas = new SintColumn();
  readonly #readingScales = new UintColumn();
  readonly #propertyCounts = new UintColumn();
  readonly #propertyPointers = new TextColumn(this.#dictionary);
  readonly #propertyValues = new TextColumn(this.#dictionary);
  readonly #propertyKinds = new UintColumn();
  /** By field, from 3 on. */
  readonly #columns: ReadonlyArray<{ readonly sink: ByteSink }> = [
    this.#tenants,
    this.#customers,
    this.#types,
    this.#sources,
    this.#holdIds,
    this.#quoteTokens,
    this.#idLengths,
    this.#ids,
    this.#keys,
    this.#bodyHashes,
    this.#occurredAts,
    this.#dataLengths,
    this.#data,
    this.#readingCounts,
    this.#readingMeters,
    this.#readingMantissas,
    this.#readingScales,
    this.#propertyCounts,
    this.#propertyPointers,
    this.#propertyValues,
    this.#propertyKinds,
  ];
  #count = 0;
  #columnBytesMax = HEADER_BYTES;

  constructor(readonly catalogVersion: number) {}

  get count(): number {
    return this.#count;
  }

  /** Never less than the bytes that `finish` would give. */
  get bytesMax(): number {
    return this.#columnBytesMax + this.#dictionary.bytesMax;
  }

  /** Whether the event may still be added; the first always may. */
  hasRoomFor(event: EnvelopeEvent): boolean {
    if (this.count === 0) return true;
    if (this.count >= ENVELOPE_EVENTS_MAX) return false;
    return this.bytesMax + sizeMax(event) <= MESSAGE_BYTES_MAX;
  }

  add(event: EnvelopeEvent): void {
    this.#tenants.push(event.tenant);
    this.#customers.push(event.customer);
    this.#types.push(event.type);
    this.#sources.push(event.source);
    this.#holdIds.push(event.holdId);
    this.#quoteTokens.push(event.quoteToken);
    this.#idLengths.push(event.id.length);
    this.#ids.push(event.id);
    this.#keys.push(event.key);
    this.#bodyHashes.push(event.bodyHash);
    this.#occurredAts.push(event.occurredAt);
    this.#dataLengths.push(event.data.length);
    this.#data.push(event.data);
    this.#readingCounts.push(event.readings.length);
    for (const reading of event.readings) {
      const { mantissa, scale } = quantityToWire(reading.quantity);
      this.#readingMeters.push(reading.meter);
      this.#readingMantissas.push(mantissa);
      this.#readingScales.push(scale);
    }
    this.#propertyCounts.push(event.properties.length);
    for (const property of event.properties) {
      this.#propertyPointers.push(property.pointer);
      this.#propertyValues.push(property.value);
      this.#propertyKinds.push(property.kind);
    }
    this.#count += 1;
    this.#columnBytesMax += columnBytesMax(event);
  }

  /** The bytes of a `UsageRecord`; the builder may not be used afterwards. */
  finish(): Buffer {
    const record = new WireWriter(this.bytesMax + 64);
    record.uint(1, SCHEMA_VERSION);
    record.message(2, this.#envelope());
    return record.finish();
  }

  #envelope(): Buffer {
    const wire = new WireWriter(this.bytesMax);
    wire.uint(1, this.catalogVersion);
    wire.strings(2, this.#dictionary.strings);
    this.#columns.forEach(({ sink }, at) => wire.column(at + 3, sink));
    return wire.finish();
  }
}

function columnBytesMax(event: EnvelopeEvent): number {
  return (
    EVENT_BYTES +
    event.id.length +
    event.data.length +
    event.readings.length * READING_BYTES +
    event.properties.length * PROPERTY_BYTES
  );
}

/** As if none of the event's strings were in the dictionary yet. */
function sizeMax(event: EnvelopeEvent): number {
  const texts = [event.tenant, event.customer, event.type, event.source, event.holdId];
  texts.push(event.quoteToken, ...event.readings.map((reading) => reading.meter));
  for (const property of event.properties) texts.push(property.pointer, property.value);
  return texts.reduce((bytes, text) => bytes + text.length * 3 + 6, columnBytesMax(event));
}
