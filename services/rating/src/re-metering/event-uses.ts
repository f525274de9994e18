import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { Nanos } from '@farthing/domain/money/nanos';
import type { Quantity } from '@farthing/domain/metering/quantity';
import { splitCharge, type Share } from '@farthing/domain/rating/split-charge';
import { creatorsFromColumn, idOfRow, priceOf } from '../charges/charge-row.js';
import type { ChargeOfEvent, EventCode } from './event-charges.repository.js';

/** What one price makes of an event. */
export interface Use {
  readonly charge: string;
  /** Of its event in the log. */
  readonly position: string;
  readonly customer: string;
  readonly price: string;
  readonly version: number;
  /** Canonical JSON; '' for a price without cells. */
  readonly cell: string;
  readonly currency: string;
  readonly usageFrom: number;
  /** What the event added to its accumulator. */
  readonly quantity: Quantity;
  /** With what earlier re-ratings made of it. */
  readonly amount: Nanos;
  readonly shares: readonly Share[];
  readonly isQuoted: boolean;
  readonly isRefunded: boolean;
}

export interface EventName {
  readonly tenant: string;
  readonly source: string;
  readonly eventId: string;
}

/** An event with all that it came to. */
export interface EventUses extends EventName {
  /** By price key: a price prices one reading of an event. */
  readonly uses: ReadonlyMap<string, Use>;
  /** Whether it was voided or corrected. */
  readonly isCorrected: boolean;
  /** Positions at which it was not metered afresh. */
  readonly notMeteredAt: ReadonlySet<string>;
  /** By position: the code with which rating rejects it there. */
  readonly rejectedAt: ReadonlyMap<string, string>;
}

/** Gathers rows that come event by event, an event's charges before what corrects them. */
export async function* eventsOf(
  rows: AsyncIterable<ChargeOfEvent | EventCode>,
  view: CatalogView,
): AsyncGenerator<EventUses> {
  let event: GatheredEvent | undefined;
  for await (const row of rows) {
    if (!event || !event.isOf(row)) {
      if (event) yield event;
      event = new GatheredEvent(row);
    }
    event.add(row, view);
  }
  if (event) yield event;
}

class GatheredEvent implements EventUses {
  readonly tenant: string;
  readonly source: string;
  readonly eventId: string;
  readonly uses = new Map<string, Use>();
  readonly notMeteredAt = new Set<string>();
  readonly rejectedAt = new Map<string, string>();
  isCorrected = false;

  constructor({ tenant, source, event_id }: ChargeOfEvent | EventCode) {
    this.tenant = tenant;
    this.source = source;
    this.eventId = event_id;
  }

  isOf({ tenant, source, event_id }: ChargeOfEvent | EventCode): boolean {
    return this.tenant === tenant && this.source === source && this.eventId === event_id;
  }

  add(row: ChargeOfEvent | EventCode, view: CatalogView): void {
    if (!isCharge(row)) this.#note(row);
    else if (row.what === 'usage') this.uses.set(row.price, useFromRow(row, view));
    else this.#adjust(row, view);
  }

  #note(row: EventCode): void {
    if (row.what === 'not_metered') this.notMeteredAt.add(positionOf(row));
    else this.rejectedAt.set(positionOf(row), row.code);
  }

  /** What corrects a charge of another time has nothing that it could count to. */
  #adjust(row: ChargeOfEvent, view: CatalogView): void {
    for (const use of this.uses.values()) {
      if (use.charge !== row.corrects) continue;
      if (row.takes_back) this.isCorrected = true;
      this.uses.set(use.price, {
        ...use,
        amount: use.amount + BigInt(row.amount),
        shares: [...use.shares, ...sharesOf(row, view)],
        isRefunded: use.isRefunded || row.refunds,
      });
    }
  }
}

function isCharge(row: ChargeOfEvent | EventCode): row is ChargeOfEvent {
  return row.what === 'usage' || row.what === 'adjustment';
}

function useFromRow(row: ChargeOfEvent, view: CatalogView): Use {
  return {
    charge: idOfRow(row),
    position: positionOf(row),
    customer: row.customer,
    price: row.price,
    version: row.price_version,
    cell: row.cell ?? '',
    currency: row.currency,
    usageFrom: Number(row.usage_from),
    quantity: BigInt(row.quantity_after) - BigInt(row.quantity_before),
    amount: BigInt(row.amount),
    shares: sharesOf(row, view),
    isQuoted: row.quoted,
    isRefunded: false,
  };
}

function sharesOf(row: ChargeOfEvent, view: CatalogView): readonly Share[] {
  const creators = creatorsFromColumn(row.creators);
  return splitCharge(priceOf(row, view).split, creators, BigInt(row.amount)).shares;
}

function positionOf(row: Pick<EventCode, 'partition' | 'log_offset' | 'event_index'>): string {
  return `${row.partition}-${row.log_offset}-${row.event_index}`;
}
