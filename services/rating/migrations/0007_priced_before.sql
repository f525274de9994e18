-- Prices per event, where what came before decides: free events, and a maximum of the period.

-- events: how many a price per event has priced. Of other prices it stays as it is.
alter table accumulators add column events bigint not null default 0 check (events >= 0);

-- Where an accumulator stood before a charge, besides the quantity that its row says. Only of charges whose price asks
-- for it, so other rows are as small as they were.
create table priced_before (
  log_offset bigint not null,
  events bigint not null check (events >= 0),
  amount bigint not null,
  event_index integer not null,
  tenant_number integer not null,
  generation smallint not null,
  partition smallint not null,
  n smallint not null,
  primary key (tenant_number, generation, partition, log_offset, event_index, n)
);

select isolate_tenant_numbers('priced_before');

-- A left join on a unique key, like the others: whoever asks for neither column pays nothing for it.
create or replace view charges with (security_invoker = true) as
select r.log_offset, r.occurred_at, r.usage_from, u.period_to as usage_to, r.booking_from,
       b.period_to as booking_to, r.amount, r.event_index, r.usage_month, p.version as price_version,
       r.generation, r.partition, r.n, r.kind, r.quote_difference, t.tenant, k.customer, p.currency,
       s.source, r.event_id, s.type, p.meter, p.price, nullif(p.cell, '') as cell, r.corrects,
       r.quantity_before, r.quantity_after, r.creators, r.body_hash,
       r.tenant_number, r.customer_number, r.price_number, r.source_number,
       f.events as events_before, f.amount as amount_before
  from charge_rows r
  left join charge_tenants t on t.number = r.tenant_number
  left join charge_customers k on k.number = r.customer_number
  left join charge_prices p on p.number = r.price_number
  left join charge_sources s on s.number = r.source_number
  left join billing_periods u
    on u.tenant = k.tenant and u.customer = k.customer and u.period_from = r.usage_from
  left join billing_periods b
    on b.tenant = k.tenant and b.customer = k.customer and b.period_from = r.booking_from
  left join priced_before f
    on f.tenant_number = r.tenant_number and f.generation = r.generation and f.partition = r.partition
   and f.log_offset = r.log_offset and f.event_index = r.event_index and f.n = r.n;

grant select on priced_before to rating_api, rating_batch;
grant insert on priced_before to rating_batch;
