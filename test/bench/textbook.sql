-- What the textbook worker writes: the charges of rating with the same columns and key, the names of their
-- numbers, an inbox, counters in SQL, and what became of the events.
create schema textbook;

create table textbook.charges (
  like rating.charge_rows including all,
  primary key (tenant_number, generation, partition, log_offset, event_index, n)
);

create table textbook.charge_tenants (like rating.charge_tenants including all);
create table textbook.charge_customers (like rating.charge_customers including all);
create table textbook.charge_sources (like rating.charge_sources including all);
create table textbook.charge_prices (like rating.charge_prices including all);

create table textbook.inbox (
  key uuid primary key,
  log_offset bigint not null,
  partition smallint not null,
  tenant text not null,
  body_hash bytea not null
);

create table textbook.counters (
  tenant text not null,
  customer text not null,
  usage_from bigint not null,
  price text not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e27),
  primary key (tenant, customer, usage_from, price)
) with (fillfactor = 70);

create table textbook.event_counts (
  tenant text not null,
  source text not null,
  partition smallint not null,
  outcome text not null check (outcome in ('applied', 'duplicate')),
  events bigint not null check (events > 0),
  primary key (tenant, source, partition, outcome)
) with (fillfactor = 70);
