-- A quote is by the prices of a customer's own, too.
alter table customers add column price_overrides text[] not null default '{}';
