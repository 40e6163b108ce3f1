-- migrate:up

-- Whose cases somebody else has while they are absent, so that they get back those very cases.
create table covers (
    id text primary key check (id <> ''),
    absent text not null check (absent <> ''),
    covering text not null check (covering <> '' and covering <> absent),
    begun_at timestamptz not null default now(),
    begun_by text not null check (begun_by <> ''),
    ended_at timestamptz,
    ended_by text,
    check ((ended_at is null) = (ended_by is null))
);

create index covers_open on covers (absent) where ended_at is null;

create table cover_cases (
    cover text not null references covers,
    ref text not null references cases,
    primary key (cover, ref)
);

-- migrate:down
