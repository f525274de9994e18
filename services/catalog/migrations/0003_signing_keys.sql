-- The public halves of what services sign with travel on catalog.v1, too. They are of no tenant: theirs is '@farthing'.
alter table versions drop constraint versions_kind_check;
alter table versions add constraint versions_kind_check
  check (kind in ('tenant', 'api_key', 'meter', 'price', 'plan', 'signing_key'));
