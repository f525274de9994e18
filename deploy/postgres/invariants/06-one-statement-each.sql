-- Every charge that invoicing has passed is in exactly one statement with its amount, every leaf has its charge, and no statement is in two invoices.
with passed as (
  select partition, position_generation, position_offset, position_index
    from invoicing.partition_offsets
   where topic like '%charges.rated.v1' and position_generation is not null
)
select 'charge in no statement' as fault, c.tenant, c.customer, c.amount,
       c.generation || '-' || c.partition || '-' || c.log_offset || '-' || c.event_index || '-' || c.n as place
  from rating.charges c
  join passed p on p.partition = c.partition
   and (c.generation, c.log_offset, c.event_index)
     < (p.position_generation, p.position_offset, p.position_index)
 where not exists (
   select from invoicing.statement_charges s
    where s.generation = c.generation and s.partition = c.partition and s."offset" = c.log_offset
      and s."index" = c.event_index and s.n = c.n and s.tenant = c.tenant and s.amount_nanos = c.amount)
union all
select 'leaf without its charge', s.tenant, null, s.amount_nanos,
       s.generation || '-' || s.partition || '-' || s."offset" || '-' || s."index" || '-' || s.n
  from invoicing.statement_charges s
 where not exists (
   select from rating.charges c
    where c.generation = s.generation and c.partition = s.partition and c.log_offset = s."offset"
      and c.event_index = s."index" and c.n = s.n and c.tenant = s.tenant and c.amount = s.amount_nanos)
union all
select 'charge in two statements', min(s.tenant), null, min(s.amount_nanos),
       s.generation || '-' || s.partition || '-' || s."offset" || '-' || s."index" || '-' || s.n
  from invoicing.statement_charges s
 group by s.generation, s.partition, s."offset", s."index", s.n
having count(*) > 1
union all
select 'statement in two invoices', i.tenant, min(i.customer), count(*), i.statement
  from invoicing.invoices i
 group by i.tenant, i.statement
having count(*) > 1
