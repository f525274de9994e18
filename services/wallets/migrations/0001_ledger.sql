-- Progress of the two consumers: what @farthing/adapters calls PARTITION_OFFSETS_SQL.
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

-- A customer's facts as the log last stated them. `version` decides which of two statements is newer.
create table customers (
  tenant text not null,
  customer text not null,
  version bigint not null check (version >= 0),
  funding text not null check (funding in ('prepaid', 'postpaid', 'prepaid_then_postpaid')),
  currency text not null,
  closed boolean not null,
  primary key (tenant, customer)
);

-- An account is a row and never a joined string: customer ids may contain any separator.
create table accounts (
  tenant text not null,
  id bigint generated always as identity,
  kind text not null check (kind in ('wallet', 'receivable', 'billed', 'creator_payable', 'tenant_revenue',
    'tax', 'rounding', 'promotions', 'cash', 'breakage')),
  owner text not null,
  grant_id text not null,
  currency text not null,
  primary key (tenant, id),
  unique (tenant, kind, owner, grant_id, currency)
);

create sequence ledger_transaction_ids cache 64;

-- `key` says what the transaction is of, so nothing is posted twice:
-- charges/<first position>/<customer>, grant/<id>, expiry/<grant>, document/<commandId>.
-- The charges of a netted transaction are those of its customer in [from, to) of its partition.
create table ledger_transactions (
  tenant text not null,
  id bigint not null,
  key text not null,
  kind text not null check (kind in ('charges', 'grant', 'expiry', 'document')),
  customer text not null,
  -- A grant's or a document's id, else ''.
  reference text not null,
  booked_at timestamptz not null,
  generation smallint,
  partition integer not null,
  from_offset bigint,
  from_index integer,
  to_offset bigint,
  to_index integer,
  primary key (tenant, id),
  unique (tenant, key),
  check ((kind = 'charges') = (from_offset is not null))
);

-- Two rows a posting: 2n is its debit, 2n + 1 its credit. A posting is a sum of charges, hence numeric.
create table entries (
  tenant text not null,
  transaction_id bigint not null,
  n integer not null check (n >= 0),
  account_id bigint not null,
  debit boolean not null,
  amount numeric(38, 0) not null check (amount > 0 and amount < 1e37),
  primary key (tenant, transaction_id, n)
);
create index entries_of_account on entries (tenant, account_id, transaction_id, n);

-- A projection: the sum of an account's entries by the partition they came from. Revenue and popular creators are
-- touched by every partition and would otherwise serialise all processes.
create table balances (
  tenant text not null,
  account_id bigint not null,
  partition integer not null,
  debits_minus_credits numeric(38, 0) not null
    check (debits_minus_credits > -1e37 and debits_minus_credits < 1e37),
  primary key (tenant, account_id, partition)
) with (fillfactor = 70);

-- A customer's prepaid balance in one currency: the row that everyone who spends or adds to it locks.
create table wallets (
  tenant text not null,
  customer text not null,
  currency text not null,
  overdrawn boolean not null,
  primary key (tenant, customer, currency)
);

-- Immutable but for `state`: open; spent (nothing left, a refund opens it again); expired (the rest is breakage).
create table grants (
  tenant text not null,
  id text not null,
  customer text not null,
  currency text not null,
  kind text not null check (kind in ('paid', 'promotional')),
  amount bigint not null check (amount > 0),
  priority integer not null check (priority between 0 and 1000000),
  effective_from timestamptz not null,
  expires_at timestamptz check (expires_at > effective_from),
  created_at timestamptz not null,
  account_id bigint not null,
  partition integer not null,
  state text not null check (state in ('open', 'spent', 'expired')),
  primary key (tenant, id),
  foreign key (tenant, customer, currency) references wallets (tenant, customer, currency),
  foreign key (tenant, account_id) references accounts (tenant, id)
);
create index grants_of_customer on grants (tenant, customer, created_at, id);
create index grants_open on grants (tenant, customer) where state = 'open';
create index grants_due on grants (expires_at) where state <> 'expired' and expires_at is not null;

-- Who paid which part of a charge, in burn order; the receivable, '', is last. A charge's id is its position and n.
create table charge_payments (
  generation smallint not null,
  partition integer not null,
  log_offset bigint not null,
  log_index integer not null,
  n integer not null,
  part smallint not null,
  tenant text not null,
  customer text not null,
  currency text not null,
  grant_id text not null,
  amount bigint not null check (amount <> 0),
  primary key (generation, partition, log_offset, log_index, n, part)
);

-- What came since a tenant's last barrier in a partition, charges of 0 included.
create table barrier_tallies (
  partition integer not null,
  tenant text not null,
  currency text not null,
  charges bigint not null check (charges >= 0),
  sum_nanos numeric(38, 0) not null check (sum_nanos > -1e37 and sum_nanos < 1e37),
  primary key (tenant, partition, currency)
);

-- One row a paid message: its range for ever, its bytes until Kafka has them.
create table paid_messages (
  generation smallint not null,
  partition integer not null,
  from_offset bigint not null,
  from_index integer not null,
  to_offset bigint not null,
  to_index integer not null,
  message bytea,
  recorded_at timestamptz not null default clock_timestamp(),
  published_at timestamptz,
  primary key (generation, partition, from_offset, from_index),
  check ((to_offset, to_index) > (from_offset, from_index)),
  check ((message is null) = (published_at is not null))
);
create index paid_messages_unpublished on paid_messages (generation, partition, from_offset, from_index)
  where published_at is null;

-- What @farthing/adapters calls IDEMPOTENCY_KEYS_SQL.
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

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['customers', 'accounts', 'ledger_transactions', 'entries', 'balances',
    'wallets', 'grants', 'charge_payments', 'barrier_tallies']
  loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format('alter table %I force row level security', tenant_table);
    execute format(
      'create policy tenant_isolation on %I using (tenant = current_setting(''farthing.tenant_id'', true))
       with check (tenant = current_setting(''farthing.tenant_id'', true))', tenant_table);
  end loop;
end $$;
