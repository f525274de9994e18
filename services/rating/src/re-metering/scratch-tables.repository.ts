import type { DataSource } from 'typeorm';
import type { NotMetered } from './re-metering.js';

/** What the scratch database holds besides the schema of rating: all that may be too much for memory. */
export async function createScratchTables(scratch: DataSource): Promise<void> {
  await scratch.query('create schema re_metering');
  await scratch.query(
    `create table re_metering.not_metered (
       partition smallint not null,
       log_offset bigint not null,
       event_index integer not null,
       tenant text not null,
       source text not null,
       event_id text not null,
       code text not null,
       pointer text not null,
       primary key (partition, log_offset, event_index)
     )`,
  );
  await scratch.query(
    `create table re_metering.sums (
       kind text not null,
       tenant text not null,
       currency text not null,
       name text not null,
       charges bigint not null,
       changed bigint not null,
       before numeric not null,
       after numeric not null,
       primary key (kind, tenant, currency, name)
     )`,
  );
}

export async function insertNotMetered(
  scratch: DataSource,
  events: readonly NotMetered[],
): Promise<void> {
  await scratch.query(
    `insert into re_metering.not_metered
     select * from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
     on conflict do nothing`,
    [
      events.map(({ partition }) => partition),
      events.map(({ offset }) => String(offset)),
      events.map(({ index }) => index),
      events.map(({ tenant }) => tenant),
      events.map(({ source }) => source),
      events.map(({ eventId }) => eventId),
      events.map(({ code }) => code),
      events.map(({ pointer }) => pointer),
    ],
  );
}

/** How many events are no longer metered, and the first of each why. */
export interface NotMeteredRow {
  readonly tenant: string;
  readonly code: string;
  readonly pointer: string;
  readonly events: string;
  readonly source: string;
  readonly event_id: string;
}

/** An event that came twice is one. */
export async function selectNotMetered(scratch: DataSource): Promise<NotMeteredRow[]> {
  return scratch.query<NotMeteredRow[]>(
    `select tenant, code, pointer, count(distinct (source, event_id)) as events,
            (array_agg(source order by partition, log_offset, event_index))[1] as source,
            (array_agg(event_id order by partition, log_offset, event_index))[1] as event_id
       from re_metering.not_metered
      group by tenant, code, pointer
      order by tenant, code, pointer`,
  );
}
