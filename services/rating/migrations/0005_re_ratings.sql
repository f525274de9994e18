-- Re-ratings: what stored charges would have cost under other price versions. A diff changes no charge.

-- period_from, period_to: of `occurredAt`, or of the usage periods' beginnings, half-open.
-- candidates: price documents that the diff takes for versions of their keys, beside those of catalog_version.
-- prices: the numbers of charge_prices that are read, in the order of their accumulators; set when it begins.
-- reached: the last charge that is counted, in the order of reading: where an interrupted diff goes on.
create table re_ratings (
  tenant text not null,
  id text not null,
  state text not null check (state in ('queued', 'running', 'finished', 'failed')),
  selected_by text not null check (selected_by in ('occurredAt', 'usagePeriod')),
  period_from bigint not null,
  period_to bigint not null check (period_from < period_to),
  customer text,
  price text,
  candidates jsonb not null,
  catalog_version bigint not null,
  prices integer[],
  reached jsonb,
  charges bigint not null default 0 check (charges >= 0),
  changed bigint not null default 0 check (changed between 0 and charges),
  differences bigint not null default 0 check (differences >= 0),
  fault text,
  holder text,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (tenant, id)
);
create index re_ratings_moving on re_ratings (created_at) where state in ('queued', 'running');

-- kind: of whom or what. `left` counts by reason what the charges alone cannot say.
create table re_rating_sums (
  tenant text not null,
  re_rating text not null,
  kind text not null check (kind in ('price', 'customer', 'creator', 'left')),
  name text not null,
  currency text not null,
  charges bigint not null check (charges > 0),
  changed bigint not null check (changed between 0 and charges),
  amount_before numeric(38, 0) not null check (amount_before > -1e38 and amount_before < 1e38),
  amount_after numeric(38, 0) not null check (amount_after > -1e38 and amount_after < 1e38),
  primary key (tenant, re_rating, kind, name, currency)
) with (fillfactor = 70);

-- The charges that would be another amount, up to 500 of one accumulator a row: what one control record could apply.
-- A charge's id is made of generation, partition, an element of log_offsets, the same of event_indexes, and n.
-- version: the one that prices them now.
create table re_rating_differences (
  tenant text not null,
  re_rating text not null,
  number bigint not null,
  customer text not null,
  price text not null,
  cell text not null,
  currency text not null,
  usage_from bigint not null,
  generation smallint not null,
  partition smallint not null,
  n smallint not null,
  version integer not null,
  log_offsets bigint[] not null,
  event_indexes integer[] not null,
  amounts_before bigint[] not null,
  amounts_after bigint[] not null,
  primary key (tenant, re_rating, number)
);
-- Trying to compress them took longer than writing them.
alter table re_rating_differences
  alter log_offsets set storage external, alter event_indexes set storage external,
  alter amounts_before set storage external, alter amounts_after set storage external;

select isolate_tenants(name) from unnest(array['re_ratings', 're_rating_sums', 're_rating_differences']) as name;

grant select, insert on re_ratings to rating_api;
grant select on re_rating_sums, re_rating_differences to rating_api;
grant select, update on re_ratings to rating_batch;
grant select, insert, update on re_rating_sums to rating_batch;
grant select, insert on re_rating_differences to rating_batch;
