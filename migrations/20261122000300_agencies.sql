-- migrate:up

create table agencies (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]*$' and length(id) <= 100),
    kind text not null check (
        kind in (
            'vlo', 'probation', 'youth_offending_team', 'prison', 'hmpps_rehub', 'court', 'charity',
            'restorative_service'
        )
    ),
    area text not null,
    name text not null check (name <> ''),
    channel text not null check (channel in ('http', 'email', 'hmpps', 'manual')),
    address text not null,
    questions text[] not null default '{}' check (
        questions <@ array['trace', 'agency_check', 'approach', 'offender_answer', 'assessment']
    ),
    contact text not null default '',
    works_on integer[] not null default '{1,2,3,4,5}' check (works_on <@ array[1, 2, 3, 4, 5, 6, 7]),
    active boolean not null default true,
    check (
        case channel
            when 'manual' then address = ''
            when 'email' then address ~ '^[^@[:space:]]+@[^@[:space:]]+$'
            else address ~ '^https?://'
        end
    ),
    check (channel <> 'hmpps' or questions = array['trace'])
);

comment on column agencies.area is 'Empty: a national agency, which serves each area that has none of its kind.';
comment on column agencies.address is 'Where its channel reaches it: a URL, a mail address; empty where a caseworker asks.';
comment on column agencies.questions is 'What this entry is asked; empty: everything. The register answers traces only.';
comment on column agencies.contact is 'Whom staff ring or write to when something is wrong: an office, not a person.';
comment on column agencies.works_on is 'ISO weekdays: 1 is Monday.';

create index agencies_by_kind on agencies (kind, area, id) where active;

create table agency_keys (
    agency text not null references agencies,
    side text not null check (side in ('theirs', 'ours')),
    secret text not null check (secret <> ''),
    added_at timestamptz not null default now(),
    until timestamptz,
    primary key (agency, side, secret)
);

comment on column agency_keys.side is 'theirs: signs the webhooks that the agency sends; ours: signs what is sent to it.';
comment on column agency_keys.until is 'Until when the key is valid beside a newer one; null: until it is rotated.';

create table agency_pauses (
    agency text primary key,
    since timestamptz not null default now(),
    by text not null check (by <> '')
);

comment on table agency_pauses is 'Whose asks an operator has paused; an empty agency: all of them.';

-- What was sent to agencies. No reference to cases: an ask may leave before its entry is written.
create table asks (
    key text primary key check (key <> ''),
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('ask', 'reminder', 'ask_cancelled')),
    area text not null,
    agency text not null check (agency <> ''),
    question text,
    due_on date,
    reminder integer not null check (reminder >= 0),
    cancels text check (cancels <> ''),
    outcome text not null check (
        outcome in ('delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed')
    ),
    error text not null,
    attempts integer not null check (attempts >= 1),
    failing_since timestamptz,
    next_try_at timestamptz check (next_try_at is null or outcome in ('failed', 'paused')),
    check ((kind = 'ask_cancelled') = (cancels is not null)),
    check ((kind = 'ask_cancelled') = (question is null)),
    check ((kind = 'reminder') = (reminder > 0)),
    check ((outcome in ('failed', 'refused', 'no_agency')) = (failing_since is not null))
) with (fillfactor = 80);

comment on column asks.attempts is 'The highest number of an attempt; outcome and error are that attempt''s.';
comment on column asks.failing_since is 'Real time, like every time of an ask.';

create index asks_of_case on asks (ref);
create index asks_failing on asks (failing_since) where failing_since is not null;
create index asks_cancelled on asks (cancels) where cancels is not null;

create table ask_attempts (
    key text not null references asks,
    number integer not null check (number >= 1),
    outcome text not null check (
        outcome in ('delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed')
    ),
    error text not null,
    agency text not null,
    channel text not null,
    address text not null,
    at timestamptz not null default now(),
    primary key (key, number)
);

comment on column ask_attempts.agency is 'Which entry of the directory was asked, as it then was; empty: there was none.';

-- migrate:down
