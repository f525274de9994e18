-- Dense numbers of everything in catalog.v1. Whoever changes a thing holds this row until the commit.
create table catalog_clock (
  singleton boolean primary key default true check (singleton),
  last_version bigint not null check (last_version >= 0)
);
insert into catalog_clock (last_version) values (0);

-- Every version of every tenant, API key, meter, price and plan; append-only. `catalog_version` is also the number
-- of its message in the outbox.
create table versions (
  tenant text collate "C" not null,
  kind text not null check (kind in ('tenant', 'api_key', 'meter', 'price', 'plan')),
  key text collate "C" not null,
  version bigint not null check (version >= 1),
  catalog_version bigint not null unique check (catalog_version >= 1),
  document jsonb not null,
  primary key (tenant, kind, key, version)
);
create index versions_api_key on versions ((document ->> 'sha256')) where kind = 'api_key';
alter table versions enable row level security;
alter table versions force row level security;
create policy tenant_isolation on versions
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));
-- A caller's tenant is not known before its key is: whoever shows a key sees the versions of that key, nothing else.
create policy presented_key on versions for select
  using (kind = 'api_key' and document ->> 'sha256' = current_setting('farthing.presented_key', true));

-- Version 0 was made by rating from the tenant's defaults; it has no message of ours, so no outbox number.
create table customers (
  tenant text collate "C" not null,
  id text collate "C" not null,
  version bigint not null check (version >= 0),
  plan text not null,
  currency text not null,
  time_zone text not null,
  anchor_at_micros bigint not null,
  interval text not null,
  funding text not null,
  closed boolean not null,
  outbox_number bigint,
  primary key (tenant, id)
);
alter table customers enable row level security;
alter table customers force row level security;
create policy tenant_isolation on customers
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));

-- The only personal data of this service. An erased profile keeps its version and nothing else.
create table customer_profiles (
  tenant text collate "C" not null,
  customer text collate "C" not null,
  version bigint not null check (version >= 1),
  document jsonb,
  outbox_number bigint not null,
  primary key (tenant, customer),
  foreign key (tenant, customer) references customers (tenant, id)
);
alter table customer_profiles enable row level security;
alter table customer_profiles force row level security;
create policy tenant_isolation on customer_profiles
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));

create table outbox_partitions (
  topic text not null,
  partition integer not null,
  last_number bigint not null,
  primary key (topic, partition)
);
create table outbox (
  topic text not null,
  partition integer not null,
  number bigint not null,
  key bytea,
  value bytea,
  published_at timestamptz,
  primary key (topic, partition, number)
);
create index outbox_unpublished on outbox (topic, partition, number) where published_at is null;

create table partition_offsets (
  consumer text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null check (next_offset >= 0),
  next_index integer not null check (next_index >= 0),
  position_generation integer,
  position_offset bigint,
  position_index integer,
  primary key (consumer, topic, partition)
);

create table idempotency_keys (
  tenant text not null,
  key text not null,
  request_hash bytea not null,
  status integer,
  body text,
  messages text,
  created_at timestamptz not null default now(),
  primary key (tenant, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant_isolation on idempotency_keys
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));

grant select, update on catalog_clock to catalog_api;
grant select, insert on versions to catalog_api;
grant select, insert, update on customers, customer_profiles to catalog_api;
grant select, insert, update on outbox_partitions to catalog_api;
grant insert on outbox to catalog_api;
grant select, insert, update, delete on idempotency_keys to catalog_api;

grant select on versions to catalog_batch;
grant select, insert on customers to catalog_batch;
grant select, update on outbox to catalog_batch;
grant select, insert, update on partition_offsets to catalog_batch;
grant select, delete on idempotency_keys to catalog_batch;
