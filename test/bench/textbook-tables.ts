import type pg from 'pg';
import type { TextbookNames } from './textbook-names.js';
import type { TextbookRecord } from './textbook-record.js';

/** An event that is to be stored, with its place in the log. */
export interface TextbookEvent extends TextbookRecord {
  readonly offset: number;
}

export interface TextbookCharge {
  readonly event: TextbookEvent;
  readonly n: number;
  readonly usageFrom: number;
  readonly usageMonth: number;
  readonly price: string;
  /** Decimal text. */
  readonly quantityBefore: string;
  readonly quantityAfter: string;
  readonly amountNanos: bigint;
}

export interface TextbookUsage {
  readonly tenant: string;
  readonly customer: string;
  readonly usageFrom: number;
  readonly price: string;
  /** Whole units. */
  quantity: number;
}

export interface TextbookCount {
  readonly tenant: string;
  readonly source: string;
  readonly outcome: 'applied' | 'duplicate';
  events: number;
}

/** Takes the keys of events; answers those that were free. */
export async function insertIntoInbox(
  client: pg.ClientBase,
  events: readonly TextbookEvent[],
  partition: number,
): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>({
    name: 'inbox',
    text: `insert into textbook.inbox (key, log_offset, partition, tenant, body_hash)
           select key, log_offset, $1::smallint, tenant, body_hash::bytea
             from unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[])
                  as taken (key, log_offset, tenant, body_hash)
           on conflict (key) do nothing
           returning replace(key::text, '-', '') as key`,
    values: [
      partition,
      events.map(({ key }) => key),
      events.map(({ offset }) => offset),
      events.map(({ tenant }) => tenant),
      events.map(({ bodyHash }) => `\\x${bodyHash}`),
    ],
  });
  return new Set(rows.map(({ key }) => key));
}

/** A counter, and where it stands in units of 10^-9. */
export interface CounterStand extends Omit<TextbookUsage, 'quantity'> {
  readonly quantity: bigint;
}

/** Adds usage to the counters; answers where each stands now. */
export async function addToCounters(
  client: pg.ClientBase,
  usage: readonly TextbookUsage[],
): Promise<CounterStand[]> {
  const { rows } = await client.query<{
    tenant: string;
    customer: string;
    usage_from: string;
    price: string;
    quantity: string;
  }>({
    name: 'counters',
    text: `insert into textbook.counters as c (tenant, customer, usage_from, price, quantity)
           select tenant, customer, usage_from, price, quantity
             from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::numeric[])
                  as more (tenant, customer, usage_from, price, quantity)
           on conflict (tenant, customer, usage_from, price) do update
              set quantity = c.quantity + excluded.quantity
           returning tenant, customer, usage_from, price, quantity`,
    values: [
      usage.map(({ tenant }) => tenant),
      usage.map(({ customer }) => customer),
      usage.map(({ usageFrom }) => usageFrom),
      usage.map(({ price }) => price),
      usage.map(({ quantity }) => quantity),
    ],
  });
  return rows.map(({ tenant, customer, usage_from, price, quantity }) => ({
    tenant,
    customer,
    usageFrom: Number(usage_from),
    price,
    // numeric(38, 9) always shows nine decimals.
    quantity: BigInt(quantity.replace('.', '')),
  }));
}

export async function insertCharges(
  client: pg.ClientBase,
  charges: readonly TextbookCharge[],
  facts: { readonly partition: number; readonly names: TextbookNames },
): Promise<void> {
  const { partition, names } = facts;
  await client.query({
    name: 'charges',
    text: `insert into textbook.charges
             (log_offset, occurred_at, usage_from, booking_from, amount, event_index, usage_month, tenant_number,
              customer_number, price_number, source_number, generation, partition, n, kind, quantity_before,
              quantity_after, event_id, creators, body_hash)
           select log_offset, occurred_at, usage_from, usage_from, amount, 0, usage_month, tenant_number,
                  customer_number, price_number, source_number, 1, $1::smallint, n, 1, quantity_before,
                  quantity_after, event_id, creator, body_hash::bytea
             from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[], $7::integer[],
                         $8::integer[], $9::integer[], $10::integer[], $11::smallint[], $12::numeric[],
                         $13::numeric[], $14::text[], $15::text[], $16::text[])
                  as made (log_offset, occurred_at, usage_from, amount, usage_month, tenant_number,
                           customer_number, price_number, source_number, n, quantity_before,
                           quantity_after, event_id, creator, body_hash)`,
    values: [
      partition,
      charges.map(({ event }) => event.offset),
      charges.map(({ event }) => event.occurredAt),
      charges.map(({ usageFrom }) => usageFrom),
      charges.map(({ amountNanos }) => amountNanos),
      charges.map(({ usageMonth }) => usageMonth),
      charges.map(({ event }) => names.tenant(event)),
      charges.map(({ event }) => names.customer(event)),
      charges.map(({ event, price }) => names.price(event, price)),
      charges.map(({ event }) => names.source(event)),
      charges.map(({ n }) => n),
      charges.map(({ quantityBefore }) => quantityBefore),
      charges.map(({ quantityAfter }) => quantityAfter),
      charges.map(({ event }) => event.id),
      charges.map(({ event }) => event.data.creator),
      charges.map(({ event }) => `\\x${event.bodyHash}`),
    ],
  });
}

export async function addEventCounts(
  client: pg.ClientBase,
  counts: readonly TextbookCount[],
  partition: number,
): Promise<void> {
  await client.query({
    name: 'event_counts',
    text: `insert into textbook.event_counts as c (tenant, source, partition, outcome, events)
           select tenant, source, $1::smallint, outcome, events
             from unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
                  as more (tenant, source, outcome, events)
           on conflict (tenant, source, partition, outcome) do update
              set events = c.events + excluded.events`,
    values: [
      partition,
      counts.map(({ tenant }) => tenant),
      counts.map(({ source }) => source),
      counts.map(({ outcome }) => outcome),
      counts.map(({ events }) => events),
    ],
  });
}
