import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { EnvelopeEvent } from '@farthing/contracts/wire/envelope-builder';
import { bodyHash, eventKey } from '@farthing/contracts/wire/event-identity';
import type { Reading } from '@farthing/domain/metering/meter-event';
import { MeterBook } from '@farthing/domain/rating/type-meters';
import type { KnownCustomers } from '../customers/known-customers.js';
import type { CatalogFreshness } from '@farthing/adapters/catalog-feed/catalog-freshness';
import { meterUsageEvent } from '../metering/meter-usage-event.js';
import type { EventCandidate } from './event-candidate.js';
import type { TimeBounds } from './event-time.js';
import { readUsageEvent, type ReadUsageEventOutcome } from './read-usage-event.js';
import type { EventLabel, OriginalEvent, Rejection } from './usage-event.js';

export type AdmittedEvent =
  | {
      readonly outcome: 'accepted';
      readonly event: EnvelopeEvent;
      readonly readings: readonly Reading[];
      /** What it voids or corrects; undefined for use as such. */
      readonly original: OriginalEvent | undefined;
    }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection; readonly label: EventLabel };

export interface Admitted {
  /** By which all of them were metered. */
  readonly catalogVersion: number;
  /** One for each candidate, in order. */
  readonly events: readonly AdmittedEvent[];
}

export interface AdmissionRequest {
  readonly tenant: string;
  readonly candidates: readonly EventCandidate[];
  readonly bounds: TimeBounds;
  /** For reading the catalog to its end, where a type is not known. */
  readonly deadlineMs: number;
}

/** A void is no use: nothing of it is metered. */
const NOT_METERED = { outcome: 'metered', readings: [], properties: [] } as const;

/** What an event voids or corrects is part of its body. JSON has no 0x00. */
function hashedData(data: Buffer, original: OriginalEvent | undefined): Buffer {
  if (!original) return data;
  return Buffer.concat([data, Buffer.from(`\u0000${original.kind}\u0000${original.id}`)]);
}

/** The rules of every door: what is read, metered and accepted of the events of one tenant. */
export class Admission {
  readonly #book: MeterBook;

  constructor(
    private readonly view: CatalogView,
    private readonly freshness: Pick<CatalogFreshness, 'asOfNow'>,
    private readonly knownCustomers: Pick<KnownCustomers, 'strangersAmong'>,
  ) {
    this.#book = new MeterBook(view);
  }

  /** Rejects with `DeadlineExceeded` when a type or the default plan is unknown and the catalog cannot be read to its end in time. */
  async admit({ tenant, candidates, bounds, deadlineMs }: AdmissionRequest): Promise<Admitted> {
    const read = candidates.map((candidate) => readUsageEvent(candidate, bounds));
    if (this.#lacksItsPlan(tenant) || read.some((one) => this.#isOfUnknownType(tenant, one))) {
      await this.freshness.asOfNow(deadlineMs);
    }
    // Nothing is awaited while the events are metered, so one catalog version covers them all.
    const catalogVersion = this.#book.catalogVersion;
    const events = read.map((one) => this.#meter(tenant, one));
    const known = await this.#withoutStrangers({ tenant, events, catalogVersion });
    return { catalogVersion, events: known };
  }

  /** Rating would reject an event that was metered by a catalog version before the plan of its customer was made. */
  #lacksItsPlan(tenant: string): boolean {
    const version = this.#book.catalogVersion;
    const plan = this.view.tenantAt(tenant, version)?.defaults.plan ?? '';
    return plan !== '' && !this.view.planAt(tenant, plan, version);
  }

  #isOfUnknownType(tenant: string, read: ReadUsageEventOutcome): boolean {
    if (read.outcome === 'rejected' || read.event.original?.kind === 'voids') return false;
    return !this.#book.metersOf(tenant, read.event.type);
  }

  #meter(tenant: string, read: ReadUsageEventOutcome): AdmittedEvent {
    if (read.outcome === 'rejected') return read;
    const { event } = read;
    const { id, source, type, subject, time, data, original } = event;
    const metered =
      original?.kind === 'voids'
        ? NOT_METERED
        : meterUsageEvent(event, this.#book.metersOf(tenant, type));
    if (metered.outcome === 'rejected') return { ...metered, label: { id, source, subject } };
    const { readings, properties } = metered;
    return {
      outcome: 'accepted',
      readings,
      original,
      event: {
        tenant,
        customer: subject,
        type,
        source,
        id,
        holdId: event.holdId,
        quoteToken: event.quoteToken,
        key: eventKey(tenant, source, id),
        bodyHash: bodyHash({ type, subject, time }, hashedData(data, original)),
        occurredAt: event.occurredAt,
        data,
        readings: readings.map(({ meterKey, quantity }) => ({ meter: meterKey, quantity })),
        properties,
      },
    };
  }

  /** Under `refuse`. Where the directory does not answer in time, rating refuses them, which is authoritative. */
  async #withoutStrangers(
    admitted: Admitted & { tenant: string },
  ): Promise<readonly AdmittedEvent[]> {
    const { tenant, events, catalogVersion } = admitted;
    const { unknownCustomers } = this.view.tenantAt(tenant, catalogVersion) ?? {};
    if (unknownCustomers !== 'refuse') return events;
    const customers = new Set<string>();
    for (const one of events) if (one.outcome === 'accepted') customers.add(one.event.customer);
    const strangers = await this.knownCustomers.strangersAmong(tenant, customers);
    if (strangers.size === 0) return events;
    return events.map((one) => {
      if (one.outcome === 'rejected' || !strangers.has(one.event.customer)) return one;
      const { id, source, customer } = one.event;
      return {
        outcome: 'rejected',
        rejection: { code: 'unknown_customer', pointer: '/subject' },
        label: { id, source, subject: customer },
      };
    });
  }
}
