-- Minimums are settled when a period closes, also of customers that used nothing: by partition, in byte order.

-- known_since: the log's time of the record that first spoke of the customer. Of those of before, who were charged
-- nothing under a minimum, it is the beginning of their first period or, without one, now.
-- partition: null in those of before, until their facts change.
alter table customers add column known_since bigint, add column partition smallint;

alter table customers no force row level security;
alter table billing_periods no force row level security;
update customers c
   set known_since = coalesce(
     (select min(p.period_from) from billing_periods p where p.tenant = c.tenant and p.customer = c.customer),
     floor(extract(epoch from now()) * 1000000));
alter table customers force row level security;
alter table billing_periods force row level security;

alter table customers alter column known_since set not null;
create index customers_in_order on customers (tenant, partition, customer collate "C");

-- What a closed period came to cost at least, by price key, in nano-units: late use in it is charged by what it adds
-- to the greater of that and its cost.
create table settled_minimums (
  tenant text not null,
  customer text not null,
  usage_from bigint not null,
  price text not null,
  least numeric(38, 0) not null check (least > 0 and least < 1e38),
  primary key (tenant, customer, usage_from, price)
);

-- Where the settling of a tenant's last barrier in the partition is: its chunks are transactions of their own.
-- sealed_before: what was sealed before that barrier. customer, period_from: the last that was settled.
create table settlements (
  tenant text not null,
  partition smallint not null,
  log_offset bigint not null,
  sealed_before bigint,
  customer text not null,
  period_from bigint not null,
  primary key (tenant, partition)
);

select isolate_tenants(name) from unnest(array['settled_minimums', 'settlements']) as name;
grant select on settled_minimums to rating_api;
grant select, insert on settled_minimums to rating_batch;
grant select, insert, update on settlements to rating_batch;
