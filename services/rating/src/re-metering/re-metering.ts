import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import { JsonScanner } from '@farthing/contracts/json/json-scanner';
import { EnvelopeBuilder, type EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { eventAt, type EnvelopeColumns } from '@farthing/contracts/wire/envelope-columns';
import { propertyKindOf } from '@farthing/contracts/wire/property-kind';
import { decodeUsageRecord } from '@farthing/contracts/wire/usage-record';
import type { Micros } from '@farthing/domain/period/micros';
import {
  readUsage,
  type ReadUsageRefusal,
  type UsageData,
} from '@farthing/domain/rating/read-usage';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import { occurredAtOf, type LoggedEnvelope } from '../rate-batch/logged-envelope.js';

/** Which events are metered afresh. */
export interface EventsToMeter {
  /** Of `occurredAt`, half-open. */
  readonly from: Micros;
  readonly to: Micros;
  readonly tenant: string | undefined;
  readonly customer: string | undefined;
}

/** An event whose data the meters of now refuse: it stays as it was metered. */
export interface NotMetered {
  readonly partition: number;
  readonly offset: bigint;
  readonly index: number;
  readonly tenant: string;
  readonly source: string;
  readonly eventId: string;
  readonly code: ReadUsageRefusal;
  /** From the event's root. */
  readonly pointer: string;
}

/** As the catalog is when it is made: a later version is never looked at. */
export class ReMetering {
  readonly catalogVersion: number;
  readonly #book: MeterBook;
  #notMetered: NotMetered[] = [];

  constructor(
    view: CatalogView,
    private readonly events: EventsToMeter,
  ) {
    const { version } = view;
    this.catalogVersion = version;
    this.#book = new MeterBook({
      version,
      metersOfType: (tenant, type) => view.metersOfType(tenant, type, version),
      priceKeysAt: (tenant) => view.priceKeysAt(tenant, version),
      priceVersionsAt: (tenant, key) => view.priceVersionsAt(tenant, key, version),
    });
  }

  /**
   * The envelope, and its events as the meters of now read their data. Identities, times and places stay. An event that
   * carries a quote keeps what was quoted: it is of the readings that the door took.
   */
  read(envelope: LoggedEnvelope, partition: number): LoggedEnvelope {
    const { columns, offset } = envelope;
    const isAsked = Array.from({ length: columns.count }, (_, index) =>
      this.#isAsked(envelope, index),
    );
    if (!isAsked.includes(true)) return envelope;
    const isAfresh: boolean[] = [];
    const builder = new EnvelopeBuilder(this.catalogVersion);
    for (let index = 0; index < columns.count; index++) {
      const event = eventAt(columns, index);
      const metered = isAsked[index] ? this.#meter(event) : undefined;
      const refusal = metered?.outcome === 'refused' ? metered : undefined;
      if (refusal) {
        const { tenant, source, id: eventId } = event;
        const { reason: code, pointer } = refusal;
        const place = { partition, offset, index };
        this.#notMetered.push({ ...place, tenant, source, eventId, code, pointer });
      }
      isAfresh.push(metered?.outcome === 'metered');
      builder.add(metered?.outcome === 'metered' ? metered.event : event);
    }
    if (!isAfresh.includes(true)) return envelope;
    const read = columnsOf(builder);
    const doorVersion = columns.catalogVersion;
    return {
      ...envelope,
      afresh: {
        envelope: { ...envelope, columns: read, doorVersion },
        has: (index) => isAfresh[index]!,
      },
    };
  }

  /** Those since it was last asked. */
  takeNotMetered(): NotMetered[] {
    const taken = this.#notMetered;
    this.#notMetered = [];
    return taken;
  }

  #isAsked(envelope: LoggedEnvelope, index: number): boolean {
    const { columns } = envelope;
    const { from, to, tenant, customer } = this.events;
    const occurredAt = occurredAtOf(envelope, index);
    if (occurredAt < from || occurredAt >= to) return false;
    const text = (column: Uint32Array) => columns.strings[column[index]!]!;
    if (tenant !== undefined && text(columns.tenants) !== tenant) return false;
    if (customer !== undefined && text(columns.customers) !== customer) return false;
    return text(columns.quoteTokens) === '';
  }

  #meter(event: EnvelopeEvent) {
    const usage = usageOf(event.data as Buffer);
    const read = readUsage(usage, this.#book.metersOf(event.tenant, event.type), propertyKindOf);
    if (read.outcome === 'refused') return read;
    const { properties } = read;
    const readings = read.readings.map(({ meterKey: meter, quantity }) => ({ meter, quantity }));
    return { outcome: 'metered', event: { ...event, readings, properties } } as const;
  }
}

/** What the bytes say, as the door read them: it let nothing pass that is no JSON. */
function usageOf(data: Buffer): UsageData {
  if (data.length === 0) return { properties: undefined, inexactNumbers: [] };
  const scanned = new JsonScanner(data).next();
  return {
    properties: JSON.parse(data.toString('utf8')) as unknown,
    inexactNumbers: scanned?.inexactNumbers.map((pointer) => `/data${pointer}`) ?? [],
  };
}

function columnsOf(builder: EnvelopeBuilder): EnvelopeColumns {
  const decoded = decodeUsageRecord(builder.finish());
  if (decoded.case !== 'envelope') throw new Error('a builder of envelopes made a control record');
  return decoded.envelope;
}
