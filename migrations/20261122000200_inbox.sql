-- migrate:up

-- What came in at a door and was acknowledged: kept first, delivered to its case afterwards, ends with an outcome.

create table requests (
    source text not null check (source <> ''),
    source_id text not null check (source_id <> ''),
    ref text not null unique check (ref <> ''),
    received_at timestamptz not null default now(),
    primary key (source, source_id)
);

comment on table requests is 'Which case a request of somebody else''s numbering became: the same request never opens two.';

create table inbox (
    id bigint generated always as identity primary key,
    source text not null check (source <> ''),
    message_id text not null check (message_id <> ''),
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('request', 'event')),
    body jsonb not null check (jsonb_typeof(body) = 'object'),
    note text not null default '',
    digest bytea not null check (octet_length(digest) = 32),
    received_at timestamptz not null default now(),
    leased_until timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    next_try_at timestamptz not null default now(),
    error text not null default '',
    delivered_at timestamptz,
    dead_letter_reason text check (dead_letter_reason <> ''),
    outcome text check (outcome in ('applied', 'refused')),
    reason text,
    detail text not null default '',
    resolved_at timestamptz,
    differed integer not null default 0 check (differed >= 0),
    differed_at timestamptz,
    unique (source, message_id),
    check ((outcome is null) = (resolved_at is null)),
    check ((differed > 0) = (differed_at is not null)),
    check ((outcome is not distinct from 'refused') = (reason is not null))
) with (fillfactor = 80);

comment on column inbox.body is 'Codes only: free text went to the vault at the door, and note is its id.';
comment on column inbox.digest is 'sha256 of what was received, free text included.';
comment on column inbox.differed is 'How often the id came again with something else, which was not kept.';
comment on column inbox.next_try_at is 'Not leased before this; the end of the lease while there is one.';

create index inbox_to_lease on inbox (next_try_at, id)
where delivered_at is null and dead_letter_reason is null and outcome is null;
create index inbox_heads on inbox (ref, id)
where delivered_at is null and dead_letter_reason is null and outcome is null;
create index inbox_dead_lettered on inbox (id) where dead_letter_reason is not null and outcome is null;
create index inbox_unresolved on inbox (received_at) where outcome is null;
create index inbox_differed on inbox (differed_at) where differed > 0;

create table inbox_decisions (
    id bigint generated always as identity primary key,
    inbox bigint not null references inbox,
    decision text not null check (decision in ('retried', 'resolved')),
    reason text,
    was text not null,
    by text not null check (by <> ''),
    at timestamptz not null default now(),
    check ((decision = 'resolved') = (reason is not null))
);

comment on table inbox_decisions is 'What staff decided of messages that did not reach their case.';
comment on column inbox_decisions.was is 'Why it was parked, or how its last delivery had failed.';

create index inbox_decisions_of on inbox_decisions (inbox, id);

-- migrate:down
