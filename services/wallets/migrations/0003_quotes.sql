-- What a quote needs of a customer. Who was introduced before this has no plan here until the log speaks of it again.
alter table customers
  add column plan text not null default '',
  add column time_zone text not null default 'UTC',
  add column anchor_at_micros bigint not null default 0,
  add column interval text not null default 'month';
alter table customers
  alter column plan drop default,
  alter column time_zone drop default,
  alter column anchor_at_micros drop default,
  alter column interval drop default;

-- A projection of the rated charges: where each price of a customer's usage period stands.
create table usage_to_date (
  tenant text not null,
  customer text not null,
  usage_from bigint not null,
  usage_to bigint not null,
  price text not null,
  -- Canonical JSON of the cell's values, '' for a price without cells.
  cell text not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e28),
  amount numeric(38, 0) not null check (amount > -1e37 and amount < 1e37),
  primary key (tenant, customer, usage_from, price, cell)
) with (fillfactor = 70);
alter table usage_to_date enable row level security;
alter table usage_to_date force row level security;
create policy tenant_isolation on usage_to_date
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));
grant select on usage_to_date to wallets_api;
grant select, insert, update on usage_to_date to wallets_batch;

-- The keys that sign quotes, of no tenant. At most one is in use; the batch role never sees a private half.
create table quote_keys (
  key_id text primary key,
  private_pem text not null,
  valid_from_micros bigint not null,
  valid_to_micros bigint check (valid_to_micros > valid_from_micros)
);
create unique index quote_keys_in_use on quote_keys ((true)) where valid_to_micros is null;
grant select, insert on quote_keys to wallets_api;
