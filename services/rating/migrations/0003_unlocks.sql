-- When a customer last unlocked an item under a price key: use of it is free from then on, or for the days that the price
-- says. It goes on from period to period and from version to version of the price.
create table unlocks (
  tenant text not null,
  customer text not null,
  price text not null,
  item text not null,
  unlocked_at bigint not null,
  primary key (tenant, customer, price, item)
) with (fillfactor = 90);

select isolate_tenants('unlocks');

grant select on unlocks to rating_api;
grant select, insert, update on unlocks to rating_batch;
