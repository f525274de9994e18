-- Which charge a charge corrects: what of a charge was given back already is what these were paid by. One row a
-- correcting charge; its payments stand where all do.
create table correcting_charges (
  tenant text not null,
  corrects text not null,
  generation smallint not null,
  partition integer not null,
  log_offset bigint not null,
  log_index integer not null,
  n integer not null,
  primary key (tenant, corrects, generation, partition, log_offset, log_index, n)
);
alter table correcting_charges enable row level security;
alter table correcting_charges force row level security;
create policy tenant_isolation on correcting_charges
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));
grant select, insert on correcting_charges to wallets_batch;
