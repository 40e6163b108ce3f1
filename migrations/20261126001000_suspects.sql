-- migrate:up

-- Cases whose worker had to try something time and again: the next round of the reconciliation looks at them.
create table recheck_queue (
    ref text primary key check (ref <> ''),
    queued_at timestamptz not null default now()
);

-- migrate:down
