-- Every position has one outcome, every applied event one inbox row, every charge an applied event of its tenant or a charge of its customer that it corrects, and rated ranges tile each partition.
with outcomes as (
  select tenant, generation, partition, log_offset, event_index, 'applied' as outcome from rating.inbox
  union all
  select tenant, generation, partition, log_offset, event_index, outcome from rating.repeated_events
  union all
  select tenant, generation, partition, log_offset, event_index, 'rejected' from rating.rejected_events
  union all
  select tenant, generation, partition, log_offset, event_index, 'dead_lettered' from rating.dead_letters
), counted as (
  select tenant, partition, outcome, count(*) as events
    from outcomes
   group by tenant, partition, outcome
), kept as (
  select tenant, partition, outcome, sum(events) as events
    from rating.event_counts
   group by tenant, partition, outcome
), ranges as (
  select generation, partition, from_offset, from_index,
         lag(to_offset) over place as before_offset, lag(to_index) over place as before_index
    from rating.rated_ranges
  window place as (partition by generation, partition order by from_offset, from_index)
)
select 'position with more than one outcome' as fault, min(tenant) as tenant, partition,
       log_offset || '-' || event_index as place, string_agg(outcome, ', ') as found
  from outcomes
 group by generation, partition, log_offset, event_index
having count(*) > 1
union all
select 'charge without an applied event', c.tenant, c.partition,
       c.log_offset || '-' || c.event_index, c.event_id
  from rating.charges c
 where c.kind = 1
   and not exists (
     select from rating.inbox i
      where i.generation = c.generation and i.partition = c.partition and i.log_offset = c.log_offset
        and i.event_index = c.event_index and i.tenant = c.tenant and i.body_hash = c.body_hash)
union all
select 'adjustment of a charge that its customer does not have', c.tenant, c.partition,
       c.log_offset || '-' || c.event_index || '-' || c.n, c.corrects
  from rating.charges c
 where c.kind = 2
   and not exists (
     select from rating.charges o
      where o.tenant = c.tenant and o.customer = c.customer
        and o.generation = split_part(substr(c.corrects, 5), '-', 1)::smallint
        and o.partition = split_part(c.corrects, '-', 2)::smallint
        and o.log_offset = split_part(c.corrects, '-', 3)::bigint
        and o.event_index = split_part(c.corrects, '-', 4)::integer
        and o.n = split_part(c.corrects, '-', 5)::smallint)
union all
select 'count is not the number of outcomes', coalesce(k.tenant, c.tenant),
       coalesce(k.partition, c.partition), coalesce(k.outcome, c.outcome),
       coalesce(k.events, 0) || ' counted, ' || coalesce(c.events, 0) || ' found'
  from kept k
  full join counted c on c.tenant = k.tenant and c.partition = k.partition and c.outcome = k.outcome
 where coalesce(k.events, 0) <> coalesce(c.events, 0)
union all
select 'ranges do not tile', null, partition, from_offset || '-' || from_index,
       coalesce(before_offset || '-' || before_index, 'nothing') || ' is where the one before ends'
  from ranges
 where (from_offset, from_index) <> (coalesce(before_offset, 0), coalesce(before_index, 0))
