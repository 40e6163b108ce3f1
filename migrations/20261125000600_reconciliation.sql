-- migrate:up

-- How far a reconciliation has come on its way through all open cases, in the order of their references. What is not
-- finished in one run goes on in the next, and the first case follows the last.
create table reconciliation_cursors (
    name text primary key check (name in ('compare_all', 'check_next')),
    position text not null default '',
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    duration interval
);

comment on column reconciliation_cursors.position is 'The last reference that was reached; empty where a round is about to begin.';
comment on column reconciliation_cursors.completed_at is 'When the last whole round ended, and `took` how long it took.';

-- That somebody had a case's row and waits written anew from its workflow, and what had been found of it.
create table rebuilds (
    id bigint generated always as identity primary key,
    ref text not null references cases,
    version bigint not null check (version >= 1),
    by text not null check (by <> ''),
    was text not null check (was <> ''),
    at timestamptz not null default now()
);

create index rebuilds_of_case on rebuilds (ref, at);

-- migrate:down
