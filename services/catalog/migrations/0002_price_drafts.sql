-- Prices that are being thought about, and price keys that are no longer to be sold. Neither is a fact of the catalog that
-- other services read: a draft prices nothing, and an archived price goes on pricing for the plans that have it.

create table price_drafts (
  tenant text not null,
  key text collate "C" not null,
  document jsonb not null,
  primary key (tenant, key)
);

create table archived_prices (
  tenant text not null,
  key text collate "C" not null,
  primary key (tenant, key)
);

alter table price_drafts enable row level security;
alter table price_drafts force row level security;
create policy tenant_isolation on price_drafts
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));
alter table archived_prices enable row level security;
alter table archived_prices force row level security;
create policy tenant_isolation on archived_prices
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));

grant select, insert, update, delete on price_drafts to catalog_api;
grant select, insert, delete on archived_prices to catalog_api;
