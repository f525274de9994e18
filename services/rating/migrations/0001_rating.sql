-- Rating: the inbox, the charges, the accumulators, the sealing of periods, the ranges to publish.
-- Instants are microseconds since 1970-01-01T00:00Z as bigint; amounts are nano-units; a position is
-- (generation, partition, log_offset, event_index) in usage.accepted.v1.

-- Where each partition of the log was applied to. Its row lock is the fence between owners.
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

-- A customer's facts as the customer's partition tells them. Version 0 was made here.
create table customers (
  tenant text not null,
  customer text not null,
  version bigint not null check (version >= 0),
  plan text not null,
  currency text not null,
  time_zone text not null,
  anchor_at bigint not null,
  "interval" text not null check ("interval" in ('hour', 'day', 'week', 'month', 'quarter', 'year')),
  funding text not null check (funding in ('prepaid', 'postpaid', 'prepaid_then_postpaid')),
  closed boolean not null,
  primary key (tenant, customer)
);

-- Bounds are stored when a period is first used and never computed again: time zone data changes.
create table billing_periods (
  tenant text not null,
  customer text not null,
  period_from bigint not null,
  period_to bigint not null,
  tz_version text not null,
  primary key (tenant, customer, period_from),
  check (period_from < period_to)
);

create table accumulators (
  tenant text not null,
  customer text not null,
  usage_from bigint not null,
  price text not null,
  cell text not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e27),
  amount numeric(38, 0) not null check (amount > -1e38 and amount < 1e38),
  primary key (tenant, customer, usage_from, price, cell)
) with (fillfactor = 70);

-- Usage of meters that the customer's plan does not price, per day (days since 1970-01-01).
create table unpriced_usage (
  tenant text not null,
  customer text not null,
  meter text not null,
  day integer not null,
  quantity numeric(38, 9) not null check (quantity >= 0 and quantity < 1e29),
  readings bigint not null check (readings > 0),
  primary key (tenant, customer, meter, day)
) with (fillfactor = 70);

-- Slim on purpose: the inputs of the explanation and no sentence. kind: 1 usage, 2 adjustment, 3 minimum.
-- creators: by part of the price's split rule, with a space between (no id has one) and nothing where the event named
-- none; null for a rule without parts.
-- No foreign keys: one would make COPY several times slower; the auditor checks the references.
-- The partition of a month is filled by its own COPY; it is made by ensure_charges_month.
create table charges (
  log_offset bigint not null,
  occurred_at bigint not null,
  usage_from bigint not null,
  usage_to bigint not null,
  booking_from bigint not null,
  booking_to bigint not null,
  amount bigint not null,
  event_index integer not null,
  usage_month integer not null,
  price_version integer not null,
  generation smallint not null,
  partition smallint not null,
  n smallint not null,
  kind smallint not null,
  quote_difference bigint,
  tenant text not null,
  customer text not null,
  currency text not null,
  source text not null,
  event_id text not null,
  type text not null,
  meter text not null,
  price text not null,
  cell text,
  corrects text,
  quantity_before numeric(38, 9) not null check (quantity_before >= 0 and quantity_before < 1e27),
  quantity_after numeric(38, 9) not null check (quantity_after >= 0 and quantity_after < 1e27),
  creators text,
  body_hash bytea not null,
  primary key (tenant, generation, partition, log_offset, event_index, n, usage_month)
) partition by list (usage_month);

-- Costs next to nothing to write and lets a customer's charges skip the blocks that hold none of them.
create index charges_customer on charges using brin (customer text_bloom_ops)
  with (pages_per_range = 32, autosummarize = on);

-- Who took which key. One table for each week of arrival (weeks since 1970-01-01, by the log's own time), so that the
-- index that takes writes stays small; the keys of other weeks are asked for. Made by ensure_inbox_week.
create table inbox (
  key uuid not null,
  log_offset bigint not null,
  event_index integer not null,
  week smallint not null,
  generation smallint not null,
  partition smallint not null,
  tenant text not null,
  body_hash bytea not null
) partition by list (week);

-- Events that took no key because theirs was taken: the same again, or another body under the same id.
-- key is null for a Rejected record that came twice.
create table repeated_events (
  tenant text not null,
  generation smallint not null,
  partition smallint not null,
  log_offset bigint not null,
  event_index integer not null,
  outcome text not null check (outcome in ('duplicate', 'conflict')),
  key uuid,
  primary key (tenant, generation, partition, log_offset, event_index)
);
create index repeated_events_key on repeated_events (tenant, key) where key is not null;

create table rejected_events (
  tenant text not null,
  generation smallint not null,
  partition smallint not null,
  log_offset bigint not null,
  event_index integer not null,
  code text not null,
  detail text not null,
  pointer text not null,
  source text not null,
  event_id text not null,
  customer text not null,
  bytes bytea not null,
  appended_at bigint not null,
  primary key (tenant, generation, partition, log_offset, event_index)
);
create index rejected_events_identity on rejected_events (tenant, source, event_id);

create table dead_letters (
  tenant text not null,
  generation smallint not null,
  partition smallint not null,
  log_offset bigint not null,
  event_index integer not null,
  reason text not null,
  detail text not null,
  attempts integer not null check (attempts > 0),
  source text not null,
  event_id text not null,
  customer text not null,
  bytes bytea not null,
  appended_at bigint not null,
  primary key (tenant, generation, partition, log_offset, event_index)
);
create index dead_letters_identity on dead_letters (tenant, source, event_id);

-- Counted in the transaction of the effects. The partition keeps owners off each other's rows.
create table event_counts (
  tenant text not null,
  source text not null,
  partition smallint not null,
  outcome text not null
    check (outcome in ('applied', 'duplicate', 'conflict', 'rejected', 'dead_lettered')),
  reason text not null,
  events bigint not null check (events > 0),
  charged bigint not null check (charged between 0 and events),
  primary key (tenant, source, partition, outcome, reason)
) with (fillfactor = 70);

-- A period is sealed if and only if it ends at or before this.
create table sealed_through (
  tenant text not null,
  partition smallint not null,
  sealed_through bigint not null,
  primary key (tenant, partition)
);

-- Charges and their sum since the tenant's last barrier in the partition: what BarrierPassed says.
create table barrier_tallies (
  tenant text not null,
  partition smallint not null,
  currency text not null,
  charges bigint not null check (charges >= 0),
  amount numeric(38, 0) not null check (amount > -1e38 and amount < 1e38),
  primary key (tenant, partition, currency)
) with (fillfactor = 70);

-- Commands of control records, none of which is applied twice in a partition.
create table applied_commands (
  tenant text not null,
  partition smallint not null,
  command_id text not null,
  log_offset bigint not null,
  primary key (tenant, partition, command_id)
);

-- One row per rated message: [from, to), and in `frame` the message without its charges. tenants and usage_months are
-- those of its charges, so that a rebuild reads by their keys. A message holds many tenants: no API role reads this.
create table rated_ranges (
  generation smallint not null,
  partition smallint not null,
  from_offset bigint not null,
  from_index integer not null,
  to_offset bigint not null,
  to_index integer not null,
  charges integer not null check (charges >= 0),
  tenants text[] not null,
  usage_months integer[] not null,
  frame bytea not null,
  recorded_at timestamptz not null default now(),
  published_at timestamptz,
  primary key (generation, partition, from_offset, from_index),
  check ((from_offset, from_index) < (to_offset, to_index))
);
create index rated_ranges_unpublished on rated_ranges (partition, from_offset, from_index)
  where published_at is null;

-- Row-level security, enabled and forced, on every table of tenants.
create function isolate_tenants(table_name text) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format(
    'create policy tenant_isolation on %I using (tenant = current_setting(''farthing.tenant_id'', true))
     with check (tenant = current_setting(''farthing.tenant_id'', true))', table_name);
end $$;

select isolate_tenants(name) from unnest(array[
  'customers', 'billing_periods', 'accumulators', 'unpriced_usage', 'charges', 'inbox', 'repeated_events',
  'rejected_events', 'dead_letters', 'event_counts', 'sealed_through', 'barrier_tallies', 'applied_commands'
]) as name;

-- The consumer runs as a role that owns nothing; these two let it make the next table and nothing else.
create function ensure_charges_month(month integer) returns void
language plpgsql security definer set search_path = rating, pg_temp as $$
declare
  child text := 'charges_' || month;
begin
  if month not between 197001 and 220012 or month % 100 not between 1 and 12 then
    raise exception 'not a month: %', month;
  end if;
  perform pg_advisory_xact_lock(hashtext('rating.ensure_charges_month'));
  if to_regclass(format('rating.%I', child)) is not null then return; end if;
  execute format('create table %I (like charges including defaults including constraints)', child);
  perform isolate_tenants(child);
  execute format('grant select, insert on %I to rating_batch', child);
  execute format('alter table charges attach partition %I for values in (%s)', child, month);
end $$;

-- Waits for the transactions that write older weeks (they hold their week's lock shared): afterwards each of them
-- either has committed, and its keys are seen, or will see this week and take its lock.
create function ensure_inbox_week(new_week integer) returns void
language plpgsql security definer set search_path = rating, pg_temp as $$
declare
  child text := 'inbox_' || new_week;
begin
  if new_week not between 0 and 12000 then raise exception 'not a week: %', new_week; end if;
  perform pg_advisory_xact_lock(hashtext('rating.ensure_inbox_week'));
  if to_regclass(format('rating.%I', child)) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('rating.inbox'), week) from inbox_weeks() as week;
  execute format('create table %I (like inbox including defaults including constraints)', child);
  execute format('alter table %I add primary key (key)', child);
  perform isolate_tenants(child);
  execute format('grant select, insert on %I to rating_batch', child);
  execute format('alter table inbox attach partition %I for values in (%s)', child, new_week);
end $$;

create function inbox_weeks() returns setof integer language sql stable as $$
  select substring(child.relname from '\d+$')::integer
    from pg_inherits join pg_class child on child.oid = inhrelid
   where inhparent = 'rating.inbox'::regclass
   order by 1
$$;

-- Entered by every transaction that writes the inbox: holds its own week shared and the newer ones alone, so that of
-- two partitions that are in different weeks one sees what the other wrote. Answers all weeks.
create function enter_inbox_week(own_week integer) returns setof integer language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtext('rating.inbox'), own_week);
  perform pg_advisory_xact_lock(hashtext('rating.inbox'), week) from inbox_weeks() as week where week > own_week;
  return query select week from inbox_weeks() as week;
end $$;

revoke execute on function isolate_tenants(text), ensure_charges_month(integer), ensure_inbox_week(integer)
  from public;
grant execute on function ensure_charges_month(integer), ensure_inbox_week(integer) to rating_batch;

grant select on customers, billing_periods, accumulators, unpriced_usage, charges, inbox, repeated_events,
  rejected_events, dead_letters, event_counts, sealed_through to rating_api;
grant select, insert, update on partition_offsets, customers, accumulators, unpriced_usage, event_counts,
  sealed_through, barrier_tallies, rated_ranges to rating_batch;
grant select, insert on billing_periods, charges, inbox, repeated_events, rejected_events, dead_letters,
  applied_commands to rating_batch;
