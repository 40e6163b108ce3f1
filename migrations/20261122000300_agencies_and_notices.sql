-- migrate:up

create table agencies (
    id text primary key check (id <> ''),
    kind text not null check (
        kind in (
            'vlo', 'probation', 'youth_offending_team', 'prison', 'hmpps_rehub', 'court', 'charity',
            'restorative_service'
        )
    ),
    area text not null,
    name text not null check (name <> ''),
    asks_url text check (asks_url ~ '^https?://'),
    signs_with text[] not null,
    signed_with text not null,
    active boolean not null default true
);

comment on column agencies.area is 'Empty: a national agency, which serves each area that has none of its kind.';
comment on column agencies.asks_url is 'Null: asked by a caseworker.';

create index agencies_by_kind on agencies (kind, area, id) where active;

-- What was sent to agencies. No reference to cases: an ask may leave before its entry is written.
create table asks (
    key text primary key check (key <> ''),
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('ask', 'reminder', 'ask_called_back')),
    area text not null,
    agency text not null check (agency <> ''),
    question text,
    due_on date,
    reminder integer not null check (reminder >= 0),
    calls_back text check (calls_back <> ''),
    outcome text not null check (outcome in ('delivered', 'manual', 'failed', 'no_agency')),
    error text not null,
    attempts integer not null check (attempts >= 1),
    failing_since timestamptz,
    check ((kind = 'ask_called_back') = (calls_back is not null)),
    check ((kind = 'ask_called_back') = (question is null)),
    check ((kind = 'reminder') = (reminder > 0)),
    check ((outcome in ('failed', 'no_agency')) = (failing_since is not null))
) with (fillfactor = 80);

comment on column asks.attempts is 'The highest number of an attempt; outcome and error are that attempt''s.';
comment on column asks.failing_since is 'Real time, like every time of an ask.';

create index asks_of_case on asks (ref);
create index asks_failing on asks (failing_since) where failing_since is not null;
create index asks_called_back on asks (calls_back) where calls_back is not null;

create table ask_attempts (
    key text not null references asks,
    number integer not null check (number >= 1),
    outcome text not null check (outcome in ('delivered', 'manual', 'failed', 'no_agency')),
    error text not null,
    at timestamptz not null default now(),
    primary key (key, number)
);

create table notices (
    key text primary key check (key <> ''),
    ref text not null check (ref <> ''),
    recipient text not null check (recipient in ('victim', 'supervisor')),
    message text not null check (message <> ''),
    stage case_stage not null,
    step case_step not null,
    reason text,
    hears_again_on date,
    about text not null,
    wording text[] not null,
    at timestamptz not null,
    put_at timestamptz not null default now(),
    sent_at timestamptz
);

comment on table notices is 'The outbox of what people are told: the wording names nobody.';
comment on column notices.at is 'Case time.';

create index notices_of_case on notices (ref, at);
create index notices_to_send on notices (put_at) where sent_at is null;

-- migrate:down
