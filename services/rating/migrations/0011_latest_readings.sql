-- Of a meter whose latest reading counts: when the event that stands occurred, and its source and id with a space
-- between. Null in every other accumulator.
alter table accumulators
  add column latest_at bigint,
  add column latest_event text,
  add check ((latest_at is null) = (latest_event is null));
