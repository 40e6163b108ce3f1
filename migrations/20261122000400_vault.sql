-- migrate:up

-- Personal details and free text, apart for the two sides, and apart from everything else: nothing refers to these
-- rows but a case's reference and a note's id, so that they can be erased and the case file stays whole.

create schema vault;

create table vault.victims (
    ref text primary key check (ref <> ''),
    details jsonb not null check (jsonb_typeof(details) = 'object'),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now()
);

create table vault.offenders (
    ref text primary key check (ref <> ''),
    details jsonb not null check (jsonb_typeof(details) = 'object'),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now()
);

create table vault.notes (
    id uuid primary key default gen_random_uuid(),
    ref text not null check (ref <> ''),
    text text not null check (text <> ''),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now()
);

create index notes_of_case on vault.notes (ref);

-- Whoever of the staff looks at a victim's details is remembered; what the service reads for itself is in its log.
create table vault.access_log (
    id bigint generated always as identity primary key,
    ref text not null check (ref <> ''),
    what text not null check (what in ('victim', 'offender', 'note')),
    by text not null check (by <> ''),
    at timestamptz not null default now()
);

create index access_log_of_case on vault.access_log (ref, at);

-- migrate:down
