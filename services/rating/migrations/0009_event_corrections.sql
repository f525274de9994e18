-- Events that are voided and corrected.

-- Which event a correction is of; null for the refund of a charge.
alter table corrections add column event_key uuid;
create index corrections_event on corrections (tenant, event_key) where event_key is not null;

-- What an event said and its charges do not, where undoing it needs that: of a meter of a maximum what it read, and of
-- an unlock which item it used and whether that was paid. Other events have no row here. A corrected event's row says
-- what it says now; a voided one has none. part: the cell, or the item.
create table kept_readings (
  tenant text not null,
  customer text not null,
  generation smallint not null,
  log_offset bigint not null,
  event_index integer not null,
  price text not null,
  part text not null,
  usage_from bigint not null,
  occurred_at bigint not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e27),
  primary key (tenant, customer, generation, log_offset, event_index, price, part)
);
create index kept_readings_part on kept_readings (tenant, customer, price, part);

select isolate_tenants('kept_readings');
grant select, insert, delete on kept_readings to rating_batch;

-- The unlock of a voided use is taken back.
grant delete on unlocks to rating_batch;
