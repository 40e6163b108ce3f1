-- migrate:up

-- What staff did about notices to victims, and under which id: the same again is known, whatever has happened meanwhile.
create table notification_actions (
    key text not null references notifications,
    id text not null check (id <> ''),
    what text not null check (what in ('resolved', 'resent', 'returned')),
    by text not null check (by <> ''),
    at timestamptz not null default now(),
    primary key (key, id)
);

-- migrate:down
