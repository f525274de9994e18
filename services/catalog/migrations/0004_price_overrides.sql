-- Price keys of a customer's own, in place of its plan's.
alter table customers add column price_overrides text[] not null default '{}';
