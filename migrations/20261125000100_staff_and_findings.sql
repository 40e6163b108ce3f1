-- migrate:up

-- Who works with cases, as an admin entered them and as their sign-ins say: whom a case can be assigned to, and whom the
-- morning's digest goes to. What they may do at a door is said by their token, never by this table.
create table staff (
    id text primary key check (id ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$'),
    roles text[] not null check (roles <@ array['caseworker', 'supervisor', 'auditor', 'admin']),
    areas text[],
    email text not null default '' check (email = '' or email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    active boolean not null default true,
    entered_by text not null default '',
    seen_at timestamptz
);

comment on column staff.areas is 'Null: every area.';
comment on column staff.seen_at is 'When a token of theirs was last taken, in real time; at most an hour behind.';

-- What a reconciliation found to be wrong with a case, as long as it is so.
create table findings (
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('workflow_failing', 'state_mismatch')),
    area text not null,
    detail text not null check (detail <> ''),
    since timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    primary key (ref, kind)
);

comment on column findings.detail is 'Codes, versions and counts: nothing personal. Times are real ones.';

create index findings_by_since on findings (kind, since, ref);
create index findings_by_area on findings (kind, area, since, ref);

-- migrate:down
