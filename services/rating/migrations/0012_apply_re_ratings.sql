-- Applying a re-rating: its differences are written into the log as control records, and rating says what each came to.

-- apply_requested_at: when somebody asked for it. `applying`: the records are being written; `applied`: they all are.
-- written_differences: rows of differences whose records are in the outbox: where the writing goes on.
-- records: how many those are.
alter table re_ratings
  drop constraint re_ratings_state_check,
  add constraint re_ratings_state_check
    check (state in ('queued', 'running', 'finished', 'failed', 'applying', 'applied')),
  add column apply_requested_at timestamptz,
  add column written_differences bigint not null default 0 check (written_differences between 0 and differences),
  add column records bigint not null default 0 check (records >= 0);
drop index re_ratings_moving;
create index re_ratings_moving on re_ratings (created_at) where state in ('queued', 'running', 'applying');

-- What a record came to. adjusted: charges that it corrected.
-- left_out: those that no longer came to what the diff saw.
create table re_rating_records (
  tenant text not null,
  re_rating text not null,
  command_id text not null,
  adjusted integer not null check (adjusted >= 0),
  left_out text[] not null,
  primary key (tenant, re_rating, command_id)
);
select isolate_tenants('re_rating_records');

grant update (state, apply_requested_at, lease_until, fault, finished_at) on re_ratings to rating_api;
grant select on re_rating_records to rating_api;
grant select, insert on re_rating_records to rating_batch;
-- The job writes the records, not whoever asks for them.
grant select, insert, update on outbox_partitions to rating_batch;
grant insert on outbox to rating_batch;
