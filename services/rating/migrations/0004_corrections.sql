-- Corrections: what a tenant asks to be given back, the outbox through which rating writes it to the log, and what became
-- of it. A correction is a charge like any other; here is only what is not one.

-- command_id: refund:<charge id>. The row is made by the command, and decided when the record is applied; an emptied
-- database gets it from the log. `refusal` is the code of a correction that was refused there.
create table corrections (
  tenant text not null,
  command_id text not null,
  reason text not null,
  state text not null check (state in ('requested', 'applied', 'refused')),
  refusal text check ((refusal is not null) = (state = 'refused')),
  -- Where its record stands in the log.
  generation smallint,
  partition smallint,
  log_offset bigint,
  primary key (tenant, command_id),
  check ((log_offset is null) = (state = 'requested'))
);

-- Finds the charges that correct a charge. Nearly no row has an entry, so it costs a batch of events next to nothing.
create index charge_rows_corrects on charge_rows (tenant_number, corrects) where corrects is not null;

-- What @farthing/adapters calls OUTBOX_SQL and IDEMPOTENCY_KEYS_SQL.
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

select isolate_tenants(name) from unnest(array['corrections', 'idempotency_keys']) as name;

grant select, insert on corrections to rating_api;
grant select, insert, update on corrections to rating_batch;
grant select, insert, update on outbox_partitions to rating_api;
grant insert on outbox to rating_api;
grant select, update on outbox to rating_batch;
grant select, insert, update, delete on idempotency_keys to rating_api;
grant select, delete on idempotency_keys to rating_batch;
