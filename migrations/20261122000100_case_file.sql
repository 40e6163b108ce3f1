-- migrate:up

-- The case file: what a case has been through, where it stands, and what it waits for.
-- Written by the workflow's one writer only; read by people. Codes, dates and references; never a free text.

create domain case_stage as text check (
    value in (
        'requested', 'offender_traced', 'offender_approached', 'readiness_assessed', 'meeting_held', 'declined'
    )
);

create domain case_step as text check (
    value in (
        'asking_victim', 'screening', 'tracing', 'agency_check', 'approaching', 'reflecting', 'assessing',
        'not_yet', 'preparing', 'scheduled', 'following_up', 'closed'
    )
);

create table cases (
    ref text primary key check (ref <> ''),
    version bigint not null check (version >= 1),
    area text not null,
    stage case_stage not null,
    step case_step not null,
    reason text,
    received_at timestamptz not null,
    on_hold boolean not null,
    assigned_to text not null,
    rules integer not null,
    policy text not null,
    initiated_by text not null check (initiated_by in ('victim', 'offender', 'court', 'service')),
    incident text not null,
    responsible_agency text,
    ended_on date,
    aftercare_ends_on date,
    victim_updated_on date,
    state jsonb not null check (jsonb_typeof(state) = 'object'),
    written_at timestamptz not null default now(),
    check ((step = 'closed') = (ended_on is not null)),
    check (stage <> 'declined' or step = 'closed')
) with (fillfactor = 80);

comment on column cases.version is 'The number of the last entry; a page that is older changes nothing.';
comment on column cases.received_at is 'Case time, like every date here but written_at.';

create index cases_by_received on cases (received_at, ref);
create index cases_by_area on cases (area, received_at, ref);
create index cases_by_stage on cases (stage, area, received_at);
create index cases_by_step on cases (step, area, received_at);
create index cases_by_assigned on cases (assigned_to, received_at);
create index cases_on_hold on cases (area, received_at) where on_hold;

create table entries (
    ref text not null references cases,
    version bigint not null check (version >= 1),
    id text not null check (id <> ''),
    event text not null check (event <> ''),
    data jsonb not null check (jsonb_typeof(data) = 'object'),
    by jsonb not null check (jsonb_typeof(by) = 'object'),
    at timestamptz not null,
    stage case_stage not null,
    step case_step not null,
    reason text,
    note text not null,
    inbox bigint,
    digest bytea not null check (octet_length(digest) = 32),
    written_at timestamptz not null default now(),
    primary key (ref, version),
    unique (ref, id)
);

comment on column entries.digest is
'sha256 over the digest before it (none: no bytes) and the canonical JSON of the entry: see ports/entry_chain.py.';

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation';
end
$$;

create trigger entries_are_append_only
before update or delete or truncate on entries
for each statement execute function refuse_change();

create table refusals (
    ref text not null check (ref <> ''),
    id text not null,
    event text not null,
    by jsonb not null check (jsonb_typeof(by) = 'object'),
    at timestamptz not null,
    code text not null check (code <> ''),
    detail text not null,
    inbox bigint,
    written_at timestamptz not null default now(),
    primary key (ref, id)
);

comment on table refusals is 'Records that changed nothing. A refused request has no case, so ref names none then.';

create table waits (
    ref text not null references cases,
    key text not null check (key <> ''),
    waiting_on text not null check (waiting_on <> ''),
    area text not null,
    since timestamptz not null,
    due_on date not null,
    chase_on date,
    notice_on date,
    chases integer not null check (chases >= 0),
    overdue_since date,
    primary key (ref, key)
);

comment on table waits is 'The active waits of each case as it stands: what supervision is drawn from.';
comment on column waits.area is 'That of the case, so that one area''s overdue waits are found in order.';

create index waits_overdue on waits (due_on, ref) where overdue_since is not null;
create index waits_overdue_by_area on waits (area, due_on, ref) where overdue_since is not null;
create index waits_by_owner on waits (waiting_on, due_on);

-- migrate:down
