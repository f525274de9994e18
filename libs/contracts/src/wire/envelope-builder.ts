import {
  ENVELOPE_EVENTS_MAX,
  MESSAGE_BYTES_MAX,
  SCHEMA_VERSION,
} from '../topics/log-generation.js';
import { PropertyKind } from '../generated/farthing/usage/v1/envelope_pb.js';
import { Dictionary } from './dictionary.js';
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
  readonly #tenants: number[] = [];
  readonly #customers: number[] = [];
  readonly #types: number[] = [];
  readonly #sources: number[] = [];
  readonly #holdIds: number[] = [];
  readonly #quoteTokens: number[] = [];
  readonly #idLengths: number[] = [];
  #ids = '';
  readonly #keys: Uint8Array[] = [];
  readonly #bodyHashes: Uint8Array[] = [];
  readonly #occurredAts: number[] = [];
  readonly #dataLengths: number[] = [];
  readonly #data: Uint8Array[] = [];
  #dataBytes = 0;
  readonly #readingCounts: number[] = [];
  readonly #readingMeters: number[] = [];
  readonly #readingMantissas: bigint[] = [];
  readonly #readingScales: number[] = [];
  readonly #propertyCounts: number[] = [];
  readonly #propertyPointers: number[] = [];
  readonly #propertyValues: number[] = [];
  readonly #propertyKinds: number[] = [];
  #columnBytesMax = HEADER_BYTES;

  constructor(readonly catalogVersion: number) {}

  get count(): number {
    return this.#tenants.length;
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
    const dictionary = this.#dictionary;
    this.#tenants.push(dictionary.indexOf(event.tenant));
    this.#customers.push(dictionary.indexOf(event.customer));
    this.#types.push(dictionary.indexOf(event.type));
    this.#sources.push(dictionary.indexOf(event.source));
    this.#holdIds.push(dictionary.indexOf(event.holdId));
    this.#quoteTokens.push(dictionary.indexOf(event.quoteToken));
    this.#idLengths.push(event.id.length);
    this.#ids += event.id;
    this.#keys.push(event.key);
    this.#bodyHashes.push(event.bodyHash);
    this.#occurredAts.push(event.occurredAt);
    this.#dataLengths.push(event.data.length);
    this.#data.push(event.data);
    this.#dataBytes += event.data.length;
    this.#readingCounts.push(event.readings.length);
    for (const reading of event.readings) {
      const { mantissa, scale } = quantityToWire(reading.quantity);
      this.#readingMeters.push(dictionary.indexOf(reading.meter));
      this.#readingMantissas.push(mantissa);
      this.#readingScales.push(scale);
    }
    this.#propertyCounts.push(event.properties.length);
    for (const property of event.properties) {
      this.#propertyPointers.push(dictionary.indexOf(property.pointer));
      this.#propertyValues.push(dictionary.indexOf(property.value));
      this.#propertyKinds.push(property.kind);
    }
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
    wire.packedUints(3, this.#tenants);
    wire.packedUints(4, this.#customers);
    wire.packedUints(5, this.#types);
    wire.packedUints(6, this.#sources);
    wire.packedUints(7, this.#holdIds);
    wire.packedUints(8, this.#quoteTokens);
    wire.packedUints(9, this.#idLengths);
    wire.asciiBytes(10, this.#ids);
    wire.joinedBytes(11, this.#keys, this.count * 16);
    wire.joinedBytes(12, this.#bodyHashes, this.count * 32);
    wire.packedFixed64s(13, this.#occurredAts);
    wire.packedUints(14, this.#dataLengths);
    wire.joinedBytes(15, this.#data, this.#dataBytes);
    wire.packedUints(16, this.#readingCounts);
    wire.packedUints(17, this.#readingMeters);
    wire.packedSints(18, this.#readingMantissas);
    wire.packedUints(19, this.#readingScales);
    wire.packedUints(20, this.#propertyCounts);
    wire.packedUints(21, this.#propertyPointers);
    wire.packedUints(22, this.#propertyValues);
    wire.packedUints(23, this.#propertyKinds);
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
