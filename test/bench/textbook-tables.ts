import type pg from 'pg';
import type { TextbookRecord } from './textbook-record.js';

/** An event that is to be stored, with its place in the log. */
export interface TextbookEvent extends TextbookRecord {
  readonly offset: number;
}

export interface TextbookCharge {
  readonly event: TextbookEvent;
  readonly n: number;
  readonly usageFrom: number;
  readonly usageTo: number;
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
  facts: { readonly partition: number; readonly currency: string },
): Promise<void> {
  await client.query({
    name: 'charges',
    text: `insert into textbook.charges
             (log_offset, occurred_at, usage_from, usage_to, booking_from, booking_to, amount, event_index,
              usage_month, price_version, generation, partition, n, kind, tenant, customer, currency, source,
              event_id, type, meter, price, quantity_before, quantity_after, creators, body_hash)
           select log_offset, occurred_at, usage_from, usage_to, usage_from, usage_to, amount, 0,
                  usage_month, 1, 1, $1::smallint, n, 1, tenant, customer, $2::text, source,
                  event_id, type, price, price, quantity_before, quantity_after, array[creator], body_hash::bytea
             from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::integer[],
                         $9::smallint[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
                         $15::text[], $16::numeric[], $17::numeric[], $18::text[], $19::text[])
                  as made (log_offset, occurred_at, usage_from, usage_to, amount, usage_month,
                           n, tenant, customer, source, event_id, type,
                           price, quantity_before, quantity_after, creator, body_hash)`,
    values: [
      facts.partition,
      facts.currency,
      charges.map(({ event }) => event.offset),
      charges.map(({ event }) => event.occurredAt),
      charges.map(({ usageFrom }) => usageFrom),
      charges.map(({ usageTo }) => usageTo),
      charges.map(({ amountNanos }) => amountNanos),
      charges.map(({ usageMonth }) => usageMonth),
      charges.map(({ n }) => n),
      charges.map(({ event }) => event.tenant),
      charges.map(({ event }) => event.customer),
      charges.map(({ event }) => event.source),
      charges.map(({ event }) => event.id),
      charges.map(({ event }) => event.type),
      charges.map(({ price }) => price),
      charges.map(({ quantityBefore }) => quantityBefore),
      charges.map(({ quantityAfter }) => quantityAfter),
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
