-- migrate:up

-- How far a reconciliation has come on its way through all open cases, in the order of their references. What is not
-- finished in one run goes on in the next, and the first case follows the last.
create table rounds (
    name text primary key check (name in ('compare_all', 'check_next')),
    after text not null default '',
    began_at timestamptz not null default now(),
    ended_at timestamptz,
    took interval
);

comment on column rounds.after is 'The last reference that was reached; empty where a round is about to begin.';
comment on column rounds.ended_at is 'When the last whole round ended, and `took` how long it took.';

-- That somebody had a case's row and waits written anew from its workflow, and what had been found of it.
create table rewritings (
    id bigint generated always as identity primary key,
    ref text not null references cases,
    version bigint not null check (version >= 1),
    by text not null check (by <> ''),
    was text not null check (was <> ''),
    at timestamptz not null default now()
);

create index rewritings_of_case on rewritings (ref, at);

-- migrate:down
