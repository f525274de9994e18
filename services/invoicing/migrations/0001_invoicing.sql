-- Ids are ASCII and ordered by bytes: numbers are given, and a run's tree is built, in that order.
create domain id_text as text collate "C";
-- Both bounds: a lower one alone lets NaN through.
create domain nanos_sum as numeric(38, 0)
  check (value between -99999999999999999999999999999999999999 and 99999999999999999999999999999999999999);
create domain quantity as numeric(38, 9)
  check (value between -99999999999999999999999999999 and 99999999999999999999999999999);

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

-- A customer's facts as the log tells them.
create table customers (
  tenant id_text not null,
  customer id_text not null,
  version bigint not null check (version >= 0),
  plan text not null,
  currency text not null,
  time_zone text not null,
  anchor_at_micros bigint not null,
  billing_interval text not null,
  funding text not null,
  closed boolean not null,
  primary key (tenant, customer)
);

-- Made once, at the first charge: a leaf's bytes must be the same whenever they are made again. Erasing a person
-- drops the row, and every statement still verifies.
create table customer_salts (
  tenant id_text not null,
  customer id_text not null,
  salt bytea not null check (length(salt) = 32),
  primary key (tenant, customer)
);

-- Sums of a statement to be: one per customer, currency and booking period with a charge.
create table booking_periods (
  tenant id_text not null,
  statement id_text not null,
  customer id_text not null,
  currency id_text not null,
  booking_from_micros bigint not null,
  booking_to_micros bigint not null check (booking_to_micros > booking_from_micros),
  partition integer not null,
  charges bigint not null check (charges > 0),
  sum_nanos nanos_sum not null,
  -- The run that sealed it; no charge is added after that.
  run id_text,
  primary key (tenant, statement)
);
create unique index booking_periods_open
  on booking_periods (tenant, customer, currency, booking_from_micros) where run is null;

-- The leaves. A charge's id is its position.
create table statement_charges (
  tenant id_text not null,
  statement id_text not null,
  leaf_index bigint not null check (leaf_index >= 0),
  generation integer not null,
  partition integer not null,
  "offset" bigint not null,
  "index" integer not null,
  n integer not null,
  amount_nanos bigint not null,
  hash bytea not null,
  leaf text not null,
  primary key (tenant, statement, leaf_index)
);
create unique index statement_charges_position
  on statement_charges (generation, partition, "offset", "index", n);

-- What rating charged, and what wallets say who paid, per line of the statement's invoice.
create table period_lines (
  tenant id_text not null,
  statement id_text not null,
  price id_text not null,
  cell id_text not null,
  kind id_text not null check (kind in ('usage', 'adjustment', 'minimum')),
  price_version integer not null,
  usage_from_micros bigint not null,
  usage_to_micros bigint not null,
  charges bigint not null,
  quantity quantity not null,
  charge_nanos nanos_sum not null,
  primary key (tenant, statement, price, cell, kind, price_version, usage_from_micros)
);
create table period_payments (
  tenant id_text not null,
  statement id_text not null,
  price id_text not null,
  cell id_text not null,
  kind id_text not null check (kind in ('usage', 'adjustment', 'minimum')),
  price_version integer not null,
  usage_from_micros bigint not null,
  receivable_nanos nanos_sum not null,
  wallet_nanos nanos_sum not null,
  primary key (tenant, statement, price, cell, kind, price_version, usage_from_micros)
);

-- What passed in a partition since the tenant's last barrier, by this service's own count.
create table partition_books (
  tenant id_text not null,
  stream text not null check (stream in ('rated', 'paid')),
  partition integer not null,
  currency id_text not null,
  charges bigint not null,
  sum_nanos nanos_sum not null,
  primary key (tenant, stream, partition, currency)
);

-- The barriers that came back, with what they say and what this service counted.
create table barrier_echoes (
  tenant id_text not null,
  run id_text not null,
  stream text not null check (stream in ('rated', 'paid')),
  partition integer not null,
  closes_before_micros bigint not null,
  said_charges bigint not null,
  said_sums text not null,
  own_charges bigint not null,
  own_sums text not null,
  primary key (tenant, run, stream, partition)
);

create table cycle_runs (
  tenant id_text not null,
  run id_text not null,
  closes_before_micros bigint not null,
  state text not null default 'scheduled' check (state in
    ('scheduled', 'collecting', 'drafting', 'review', 'finalizing', 'finalized', 'abandoned')),
  paused boolean not null default false,
  approved boolean not null default false,
  fault text,
  -- End offsets of the tenant's inbound topic when collecting began, by partition.
  inbound_targets text,
  barriers_sent boolean not null default false,
  partitions integer,
  -- Of the tenant's settings: the same for every shard, whoever works on it.
  catalog_version bigint,
  customers bigint,
  statements bigint,
  invoices bigint,
  parked bigint,
  totals text,
  issue_date text,
  seal text,
  signature text,
  key_id text,
  recorded_at timestamptz not null default now(),
  primary key (tenant, run)
);
create index cycle_runs_unfinished on cycle_runs (tenant, closes_before_micros)
  where state not in ('finalized', 'abandoned');
-- Runs of one tenant take turns: each builds on the residuals and the chain of the one before.
create unique index cycle_runs_one_at_a_time on cycle_runs (tenant)
  where state in ('collecting', 'drafting', 'review', 'finalizing');

-- Work of several hundred customers. A lease is held by whoever works on it; the row lock decides.
create table run_shards (
  tenant id_text not null,
  run id_text not null,
  phase text not null check (phase in ('drafting', 'finalizing')),
  shard integer not null,
  first_customer id_text not null,
  last_customer id_text not null,
  customers bigint not null,
  done boolean not null default false,
  holder text,
  leased_until timestamptz,
  primary key (tenant, run, phase, shard)
);

-- What a run would bill. Another run drafts afresh, so those of an abandoned one are only history.
create table drafts (
  tenant id_text not null,
  run id_text not null,
  invoice id_text not null,
  statement id_text not null,
  customer id_text not null,
  currency id_text not null,
  booking_from_micros bigint not null,
  booking_to_micros bigint not null,
  disposition text not null check (disposition in ('invoice', 'carried_forward')),
  parked_for text,
  charges_nanos nanos_sum not null,
  wallet_nanos nanos_sum not null,
  net_nanos nanos_sum not null,
  tax_nanos nanos_sum not null,
  total_nanos nanos_sum not null,
  -- The invoice without its number and issue date; absent when carried forward.
  document text,
  -- What stays open after it, by tax category, and the sums of that.
  balances text not null,
  residual_nanos nanos_sum not null,
  carried_forward_nanos nanos_sum not null,
  -- Of its customer and currency, the run's last: what it leaves open is what the run leaves open.
  latest boolean not null,
  number bigint,
  primary key (tenant, run, invoice)
);
create unique index drafts_order on drafts (tenant, run, customer, currency, booking_from_micros);

create table invoice_series (
  tenant id_text primary key,
  last_number bigint not null check (last_number >= 0),
  last_issue_date text not null
);

-- Finalized: nobody may change or delete a row.
create table invoices (
  tenant id_text not null,
  invoice id_text not null,
  number bigint not null check (number > 0),
  issue_date text not null,
  run id_text not null,
  statement id_text not null,
  customer id_text not null,
  currency id_text not null,
  booking_from_micros bigint not null,
  booking_to_micros bigint not null,
  net_nanos nanos_sum not null,
  tax_nanos nanos_sum not null,
  total_nanos nanos_sum not null,
  document text not null,
  document_hash bytea not null check (length(document_hash) = 32),
  csv text not null,
  primary key (tenant, invoice),
  unique (tenant, number),
  unique (tenant, statement)
);
create index invoices_of_customer on invoices (tenant, customer, currency, number);
create index invoices_of_run on invoices (tenant, run, number);

-- What the last finalized run left open for a customer.
create table balances (
  tenant id_text not null,
  customer id_text not null,
  currency id_text not null,
  tax_category id_text not null,
  residual_nanos nanos_sum not null,
  carried_forward_nanos nanos_sum not null,
  primary key (tenant, customer, currency, tax_category)
);

-- Sealed statements and their trees: every level, leaves first, in one run of bytes. Nobody may change a row.
create table statements (
  tenant id_text not null,
  statement id_text not null,
  customer id_text not null,
  currency id_text not null,
  booking_from_micros bigint not null,
  booking_to_micros bigint not null,
  charges bigint not null,
  sum_nanos nanos_sum not null,
  root bytea not null check (length(root) = 32),
  canonical text not null,
  -- SHA-256 of the canonical bytes, which the customer's next statement names.
  hash bytea not null check (length(hash) = 32),
  -- Its leaf in the tree of a run.
  leaf_hash bytea not null check (length(leaf_hash) = 32),
  primary key (tenant, statement)
);
create unique index statements_chain on statements (tenant, customer, currency, booking_from_micros);
create table statement_trees (
  tenant id_text not null,
  statement id_text not null,
  tree bytea not null,
  primary key (tenant, statement)
);
-- Hashes do not compress, and a slice of what is stored as it is costs one page.
alter table statement_trees alter column tree set storage external;

create table run_statements (
  tenant id_text not null,
  run id_text not null,
  statement_index bigint not null,
  statement id_text not null,
  primary key (tenant, run, statement_index),
  unique (tenant, statement)
);
create table run_trees (
  tenant id_text not null,
  run id_text not null,
  tree bytea not null,
  primary key (tenant, run)
);
alter table run_trees alter column tree set storage external;

-- Public halves; the private ones never enter the database.
create table signing_keys (
  key_id text primary key,
  public_key text not null,
  valid_from_micros bigint not null,
  valid_to_micros bigint
);

do $$
declare
  name text;
begin
  foreach name in array array['customers', 'customer_salts', 'booking_periods', 'statement_charges',
    'period_lines', 'period_payments', 'partition_books', 'barrier_echoes', 'cycle_runs', 'run_shards', 'drafts',
    'invoice_series', 'invoices', 'balances', 'statements', 'statement_trees', 'run_statements', 'run_trees']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant_isolation on %I
      using (tenant = current_setting(''farthing.tenant_id'', true))
      with check (tenant = current_setting(''farthing.tenant_id'', true))', name);
  end loop;
end $$;
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant_isolation on idempotency_keys
  using (tenant = current_setting('farthing.tenant_id', true))
  with check (tenant = current_setting('farthing.tenant_id', true));

grant select, insert, update on partition_offsets to invoicing_batch;
grant select, insert, update on outbox_partitions, outbox to invoicing_batch;
grant select, insert, update on customers, booking_periods, period_lines, period_payments, balances,
  partition_books, run_shards, invoice_series to invoicing_batch;
grant delete on partition_books to invoicing_batch;
grant select, insert on customer_salts, statement_charges, barrier_echoes, invoices, statements, statement_trees,
  run_statements, run_trees to invoicing_batch;
grant select, insert, update on drafts, signing_keys to invoicing_batch;
grant select, update on cycle_runs to invoicing_batch;
grant select, delete on idempotency_keys to invoicing_batch;

grant select on customers, booking_periods, statement_charges, period_lines, period_payments, barrier_echoes,
  cycle_runs, run_shards, drafts, invoices, balances, statements, statement_trees, run_statements, run_trees,
  signing_keys to invoicing_api;
grant insert (tenant, run, closes_before_micros), update (state, paused, approved, fault, catalog_version)
  on cycle_runs
  to invoicing_api;
grant select, insert, update, delete on idempotency_keys to invoicing_api;
