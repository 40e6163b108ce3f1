-- migrate:up

-- Pages of several cases may be written in one transaction: their changes have its number together.
alter table changes drop constraint changes_pkey, add primary key (position, ref);

-- migrate:down
