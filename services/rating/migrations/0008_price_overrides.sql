-- Price keys that take the place of the plan's: a fact of a customer like its plan.
alter table customers add column price_overrides text[] not null default '{}';
