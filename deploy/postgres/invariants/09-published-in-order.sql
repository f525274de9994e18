-- No range waits longer than a minute to be published, rating's ranges reach to where it is, and what wallets and invoicing applied ends where a range of rating ends, with paid messages that tile.
with ends as (
  select generation, partition,
         (array_agg(to_offset order by to_offset desc, to_index desc))[1] as to_offset,
         (array_agg(to_index order by to_offset desc, to_index desc))[1] as to_index
    from rating.rated_ranges
   group by generation, partition
), tiles as (
  select generation, partition, from_offset, from_index,
         lag(to_offset) over place as before_offset, lag(to_index) over place as before_index
    from wallets.paid_messages
  window place as (partition by generation, partition order by from_offset, from_index)
), readers as (
  select 'wallets' as reader, partition, position_generation, position_offset, position_index
    from wallets.partition_offsets where topic like '%charges.rated.v1'
  union all
  select 'invoicing', partition, position_generation, position_offset, position_index
    from invoicing.partition_offsets where topic like '%charges.rated.v1'
)
select 'rated range is not published' as fault, partition, from_offset || '-' || from_index as place
  from rating.rated_ranges
 where published_at is null and recorded_at < now() - interval '1 minute'
union all
select 'paid message is not published', partition, from_offset || '-' || from_index
  from wallets.paid_messages
 where published_at is null and recorded_at < now() - interval '1 minute'
union all
select 'ranges end short of what rating applied', o.partition, o.next_offset || '-' || o.next_index
  from rating.partition_offsets o
  left join ends e on e.partition = o.partition
 where (o.next_offset, o.next_index) <> (coalesce(e.to_offset, 0), coalesce(e.to_index, 0))
union all
select 'paid messages do not tile', partition, from_offset || '-' || from_index
  from tiles
 where (from_offset, from_index) <> (coalesce(before_offset, 0), coalesce(before_index, 0))
union all
select r.reader || ' is ahead of rating', r.partition, r.position_offset || '-' || r.position_index
  from readers r
  left join ends e on e.partition = r.partition and e.generation = r.position_generation
 where r.position_generation is not null
   and (r.position_offset, r.position_index) > (coalesce(e.to_offset, 0), coalesce(e.to_index, 0))
