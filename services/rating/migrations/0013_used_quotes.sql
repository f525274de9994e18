-- Quotes that an event was charged by, each with the position of that event. A quote names its customer, and a customer is
-- in one partition, whose owner is the only writer.
create table used_quotes (
  tenant text not null,
  quote text not null,
  generation smallint not null,
  partition smallint not null,
  log_offset bigint not null,
  event_index integer not null,
  primary key (tenant, quote)
);

select isolate_tenants('used_quotes');

grant select on used_quotes to rating_api;
grant select, insert on used_quotes to rating_batch;
