-- migrate:up

-- Cases whose worker had to try something time and again: the next round of the reconciliation looks at them.
create table suspects (
    ref text primary key check (ref <> ''),
    noticed_at timestamptz not null default now()
);

-- migrate:down
