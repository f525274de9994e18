-- The values of meters that count distinct ones, by accumulator: a row is a value that was used there and so counts no
-- more. value: the first 16 bytes of the SHA-256 of its text.
create table seen_values (
  tenant text not null,
  customer text not null,
  usage_from bigint not null,
  price text not null,
  cell text not null,
  value bytea not null check (octet_length(value) = 16),
  primary key (tenant, customer, usage_from, price, cell, value)
);

select isolate_tenants('seen_values');

grant select on seen_values to rating_api;
grant select, insert on seen_values to rating_batch;
