-- Slim charge rows: what repeats from row to row is a number, and its name stands once in a table of names.
-- Measured on COPY of an event's two charges: 8.9 us of PostgreSQL with nine texts in each row and in the key, 4.7 us with
-- integers in their place. Readers see the rows with their names in the view `charges`.

-- Names never change and are never deleted: a number stands for its name for good, and a process may remember it.
create table charge_tenants (
  number integer generated always as identity primary key,
  tenant text not null unique
);

create table charge_customers (
  number integer generated always as identity primary key,
  tenant text not null,
  customer text not null,
  unique (tenant, customer)
);

-- Where events come from and what they are: a source sends few types.
create table charge_sources (
  number integer generated always as identity primary key,
  tenant text not null,
  source text not null,
  type text not null,
  unique (tenant, source, type)
);

-- A price version says its meter and its currency; cell is '' where the price is no matrix.
create table charge_prices (
  number integer generated always as identity primary key,
  tenant text not null,
  price text not null,
  version integer not null,
  cell text not null default '',
  meter text not null,
  currency text not null,
  unique (tenant, price, version, cell)
);

-- kind: 1 usage, 2 adjustment, 3 minimum.
-- creators: by part of the price's split rule, with a space between (no id has one) and nothing where the event named
-- none; null for a rule without parts.
-- The ends of the usage and the booking period are not here: every period is in billing_periods before its first charge.
-- No foreign keys: one would make COPY several times slower; the auditor checks the references.
-- Columns go from wide to narrow, so that none is padded. The partition of a month is filled by its own COPY; it is made
-- by ensure_charges_month, which also gives it its key: an event has one usage month, so the key need not hold it.
create table charge_rows (
  log_offset bigint not null,
  occurred_at bigint not null,
  usage_from bigint not null,
  booking_from bigint not null,
  amount bigint not null,
  quote_difference bigint,
  event_index integer not null,
  usage_month integer not null,
  tenant_number integer not null,
  customer_number integer not null,
  price_number integer not null,
  source_number integer not null,
  generation smallint not null,
  partition smallint not null,
  n smallint not null,
  kind smallint not null,
  quantity_before numeric(38, 9) not null check (quantity_before >= 0 and quantity_before < 1e27),
  quantity_after numeric(38, 9) not null check (quantity_after >= 0 and quantity_after < 1e27),
  event_id text not null,
  creators text,
  corrects text,
  body_hash bytea not null
) partition by list (usage_month);

-- isolate_tenants for a table that knows its tenant by number. The subquery is run once, and its answer leads the key.
create function isolate_tenant_numbers(table_name text) returns void language plpgsql as $$
declare
  own constant text :=
    'tenant_number = (select number from charge_tenants where tenant = current_setting(''farthing.tenant_id'', true))';
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format('create policy tenant_isolation on %I using (%s) with check (%s)', table_name, own, own);
end $$;

revoke execute on function isolate_tenant_numbers(text) from public;

create or replace function ensure_charges_month(month integer) returns void
language plpgsql security definer set search_path = rating, pg_temp as $$
declare
  child text := 'charge_rows_' || month;
begin
  if month not between 197001 and 220012 or month % 100 not between 1 and 12 then
    raise exception 'not a month: %', month;
  end if;
  perform pg_advisory_xact_lock(hashtext('rating.ensure_charges_month'));
  if to_regclass(format('rating.%I', child)) is not null then return; end if;
  execute format('create table %I (like charge_rows including defaults including constraints)', child);
  execute format(
    'alter table %I add primary key (tenant_number, generation, partition, log_offset, event_index, n)', child);
  perform isolate_tenant_numbers(child);
  execute format('grant select, insert on %I to rating_batch', child);
  execute format('alter table charge_rows attach partition %I for values in (%s)', child, month);
end $$;

-- What was charged so far. The owner reads past row-level security for as long as this takes, and nobody else can: the
-- tables are locked until the commit.
alter table charges no force row level security;
alter table billing_periods no force row level security;

do $$
begin
  if exists (
    select from charges c
      left join billing_periods u
        on u.tenant = c.tenant and u.customer = c.customer and u.period_from = c.usage_from
      left join billing_periods b
        on b.tenant = c.tenant and b.customer = c.customer and b.period_from = c.booking_from
     where u.period_to is distinct from c.usage_to or b.period_to is distinct from c.booking_to)
  then
    raise exception 'a charge has a period that is not in billing_periods';
  end if;
end $$;

insert into charge_tenants (tenant) select distinct tenant from charges order by 1;
insert into charge_customers (tenant, customer) select distinct tenant, customer from charges order by 1, 2;
insert into charge_sources (tenant, source, type) select distinct tenant, source, type from charges order by 1, 2, 3;
insert into charge_prices (tenant, price, version, cell, meter, currency)
select distinct tenant, price, price_version, coalesce(cell, ''), meter, currency from charges order by 1, 2, 3, 4;

select ensure_charges_month(usage_month) from (select distinct usage_month from charges) as used;

insert into charge_rows (log_offset, occurred_at, usage_from, booking_from, amount, quote_difference, event_index,
  usage_month, tenant_number, customer_number, price_number, source_number, generation, partition, n, kind,
  quantity_before, quantity_after, event_id, creators, corrects, body_hash)
select c.log_offset, c.occurred_at, c.usage_from, c.booking_from, c.amount, c.quote_difference, c.event_index,
  c.usage_month, t.number, k.number, p.number, s.number, c.generation, c.partition, c.n, c.kind,
  c.quantity_before, c.quantity_after, c.event_id, c.creators, c.corrects, c.body_hash
  from charges c
  left join charge_tenants t on t.tenant = c.tenant
  left join charge_customers k on k.tenant = c.tenant and k.customer = c.customer
  left join charge_sources s on s.tenant = c.tenant and s.source = c.source and s.type = c.type
  left join charge_prices p
    on p.tenant = c.tenant and p.price = c.price and p.version = c.price_version and p.cell = coalesce(c.cell, '');

drop table charges;
alter table billing_periods force row level security;
select isolate_tenants(name) from unnest(array[
  'charge_tenants', 'charge_customers', 'charge_sources', 'charge_prices'
]) as name;
select isolate_tenant_numbers('charge_rows');

-- The charges with their names, as those who read them know them. Every join is a left join on a unique key, so that
-- PostgreSQL leaves out those of whose columns a query asks for none, and a row without its name shows as null (the
-- auditor looks for it). The reader's own rights and row-level security hold.
create view charges with (security_invoker = true) as
select r.log_offset, r.occurred_at, r.usage_from, u.period_to as usage_to, r.booking_from,
       b.period_to as booking_to, r.amount, r.event_index, r.usage_month, p.version as price_version,
       r.generation, r.partition, r.n, r.kind, r.quote_difference, t.tenant, k.customer, p.currency,
       s.source, r.event_id, s.type, p.meter, p.price, nullif(p.cell, '') as cell, r.corrects,
       r.quantity_before, r.quantity_after, r.creators, r.body_hash,
       r.tenant_number, r.customer_number, r.price_number, r.source_number
  from charge_rows r
  left join charge_tenants t on t.number = r.tenant_number
  left join charge_customers k on k.number = r.customer_number
  left join charge_prices p on p.number = r.price_number
  left join charge_sources s on s.number = r.source_number
  left join billing_periods u
    on u.tenant = k.tenant and u.customer = k.customer and u.period_from = r.usage_from
  left join billing_periods b
    on b.tenant = k.tenant and b.customer = k.customer and b.period_from = r.booking_from;

grant select on charges, charge_rows, charge_tenants, charge_customers, charge_sources, charge_prices
  to rating_api, rating_batch;
grant insert on charge_tenants, charge_customers, charge_sources, charge_prices to rating_batch;
