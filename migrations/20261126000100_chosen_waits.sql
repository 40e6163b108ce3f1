-- migrate:up

-- Which waits of a case something was done to that staff asked for once, for many cases: asked for again, it means the
-- same waits, whatever has become of them.
create table bulk_selections (
    id text not null check (id <> ''),
    ref text not null references cases,
    waits text[] not null check (cardinality(waits) > 0),
    selected_at timestamptz not null default now(),
    primary key (id, ref)
);

comment on column bulk_selections.id is 'What was asked for, which each record of it begins with.';

-- migrate:down
