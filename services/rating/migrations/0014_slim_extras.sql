-- What few charges have besides, stored at the cost of those alone.

-- What came before a charge, where its price asks for it: in the charge's own row. A null there is a bit that other rows
-- have anyway, and a row of another table with the same key cost as much as a second charge. No check: it would be
-- worked out for every row.
alter table charge_rows
  add column events_before bigint,
  add column amount_before bigint;

-- The owner reads past row-level security for as long as this takes, and nobody else can: the tables are locked until the
-- commit.
alter table charge_rows no force row level security;
alter table priced_before no force row level security;

update charge_rows r
   set events_before = f.events, amount_before = f.amount
  from priced_before f
 where f.tenant_number = r.tenant_number and f.generation = r.generation and f.partition = r.partition
   and f.log_offset = r.log_offset and f.event_index = r.event_index and f.n = r.n;

alter table charge_rows force row level security;

create or replace view charges with (security_invoker = true) as
select r.log_offset, r.occurred_at, r.usage_from, u.period_to as usage_to, r.booking_from,
       b.period_to as booking_to, r.amount, r.event_index, r.usage_month, p.version as price_version,
       r.generation, r.partition, r.n, r.kind, r.quote_difference, t.tenant, k.customer, p.currency,
       s.source, r.event_id, s.type, p.meter, p.price, nullif(p.cell, '') as cell, r.corrects,
       r.quantity_before, r.quantity_after, r.creators, r.body_hash,
       r.tenant_number, r.customer_number, r.price_number, r.source_number,
       r.events_before, r.amount_before
  from charge_rows r
  left join charge_tenants t on t.number = r.tenant_number
  left join charge_customers k on k.number = r.customer_number
  left join charge_prices p on p.number = r.price_number
  left join charge_sources s on s.number = r.source_number
  left join billing_periods u
    on u.tenant = k.tenant and u.customer = k.customer and u.period_from = r.usage_from
  left join billing_periods b
    on b.tenant = k.tenant and b.customer = k.customer and b.period_from = r.booking_from;

drop table priced_before;

-- Kept readings name tenant and customer by number, as charges do, and have one index: what others said under a price and
-- a part is found by it, and what one event said among what its customer did.
create table numbered_readings (
  log_offset bigint not null,
  usage_from bigint not null,
  occurred_at bigint not null,
  event_index integer not null,
  tenant_number integer not null,
  customer_number integer not null,
  generation smallint not null,
  price text not null,
  part text not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e27)
);

alter table kept_readings no force row level security;
alter table charge_tenants no force row level security;
alter table charge_customers no force row level security;

insert into numbered_readings (log_offset, usage_from, occurred_at, event_index, tenant_number, customer_number,
                               generation, price, part, quantity)
select r.log_offset, r.usage_from, r.occurred_at, r.event_index, t.number, k.number, r.generation, r.price, r.part,
       r.quantity
  from kept_readings r
  left join charge_tenants t on t.tenant = r.tenant
  left join charge_customers k on k.tenant = r.tenant and k.customer = r.customer;

alter table charge_tenants force row level security;
alter table charge_customers force row level security;

drop table kept_readings;
alter table numbered_readings rename to kept_readings;
alter table kept_readings add primary key (customer_number, price, part, generation, log_offset, event_index);
select isolate_tenant_numbers('kept_readings');
grant select, insert, delete on kept_readings to rating_batch;

-- An accumulator is found by its number when it moves: by its five columns the same update cost half as much again.
create sequence accumulator_numbers;
alter table accumulators add column number bigint;
alter table accumulators no force row level security;
update accumulators set number = nextval('accumulator_numbers');
alter table accumulators force row level security;
alter table accumulators alter column number set not null, add unique (number);
grant usage on sequence accumulator_numbers to rating_batch;
