import type { CatalogView } from '@farthing/contracts/catalog/catalog-view';
import type { ChargeKind } from '@farthing/contracts/generated/farthing/rating/v1/rated_pb';
import type { RatedCharge } from '@farthing/contracts/wire/rated-charge';
import type { PricedBefore } from '@farthing/domain/pricing/compiled-event-price';
import type { Price } from '@farthing/domain/pricing/price';
import { chargeId } from '@farthing/domain/rating/charge-id';
import { splitCharge } from '@farthing/domain/rating/split-charge';

/** A charge as PostgreSQL gives it: bigint and numeric come as text. Quantities are in units of 10^-9. */
export interface ChargeRow {
  readonly partition: number;
  readonly log_offset: string;
  readonly event_index: number;
  readonly n: number;
  readonly generation: number;
  readonly kind: number;
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
  readonly source: string;
  readonly event_id: string;
  readonly type: string;
  readonly meter: string;
  readonly price: string;
  readonly price_version: number;
  readonly cell: string | null;
  readonly corrects: string | null;
  readonly occurred_at: string;
  readonly usage_from: string;
  readonly usage_to: string;
  readonly booking_from: string;
  readonly booking_to: string;
  readonly quantity_before: string;
  readonly quantity_after: string;
  readonly amount: string;
  readonly quote_difference: string | null;
  readonly creators: string | null;
  readonly body_hash: Buffer;
  /** Null where the price did not ask for what came before. */
  readonly events_before: string | null;
  readonly amount_before: string | null;
}

/** What a query has to select for `ratedChargeFromRow`. */
export const CHARGE_COLUMNS = `
  generation, partition, log_offset, event_index, n, kind, tenant, customer, currency, source, event_id, type, meter,
  price, price_version, cell, corrects, occurred_at, usage_from, usage_to, booking_from, booking_to,
  trunc(quantity_before * 1000000000) as quantity_before, trunc(quantity_after * 1000000000) as quantity_after,
  events_before, amount_before, amount, quote_difference, creators, body_hash`;

export function idOfRow({
  generation,
  partition,
  log_offset,
  event_index,
  n,
}: Pick<ChargeRow, 'generation' | 'partition' | 'log_offset' | 'event_index' | 'n'>): string {
  return chargeId({ generation, partition, offset: BigInt(log_offset), index: event_index, n });
}

/** The shares are worked out again from the creators and the split rule of the price version that made the charge. */
export function ratedChargeFromRow(row: ChargeRow, view: CatalogView): RatedCharge {
  const amountNanos = BigInt(row.amount);
  const { split } = priceOf(row, view);
  const { shares } = splitCharge(split, creatorsFromColumn(row.creators), amountNanos);
  return {
    offset: BigInt(row.log_offset),
    index: row.event_index,
    n: row.n,
    tenant: row.tenant,
    customer: row.customer,
    currency: row.currency,
    kind: row.kind as ChargeKind,
    corrects: row.corrects ?? '',
    source: row.source,
    eventId: row.event_id,
    type: row.type,
    meter: row.meter,
    price: row.price,
    priceVersion: row.price_version,
    cell: row.cell ?? '',
    occurredAt: Number(row.occurred_at),
    usageFrom: Number(row.usage_from),
    usageTo: Number(row.usage_to),
    bookingFrom: Number(row.booking_from),
    bookingTo: Number(row.booking_to),
    quantityBefore: BigInt(row.quantity_before),
    quantityAfter: BigInt(row.quantity_after),
    amountNanos,
    quoteDifferenceNanos: BigInt(row.quote_difference ?? 0),
    bodyHash: row.body_hash,
    pricedBefore: pricedBeforeOfRow(row),
    shares,
  };
}

export function pricedBeforeOfRow({
  events_before,
  amount_before,
}: ChargeRow): PricedBefore | undefined {
  if (events_before === null || amount_before === null) return undefined;
  return { events: Number(events_before), amount: BigInt(amount_before) };
}

/** By part of the split rule; null stands for a rule without parts. No id has a space. */
export function creatorsFromColumn(column: string | null): string[] {
  if (column === null) return [];
  // Nearly every rule has one part.
  return column.includes(' ') ? column.split(' ') : [column];
}

export function creatorsToColumn(creators: readonly string[]): string | null {
  if (creators.length === 1) return creators[0]!;
  return creators.length === 0 ? null : creators.join(' ');
}

/** The price version that made a charge; rating had read it before it made the charge. */
export function priceOf(
  { tenant, price, price_version }: Pick<ChargeRow, 'tenant' | 'price' | 'price_version'>,
  view: CatalogView,
): Price {
  const found = view.price(tenant, price, price_version);
  if (!found)
    throw new Error(`version ${price_version} of the price ${price} is not in the catalog`);
  return found;
}
