-- migrate:up

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
