-- migrate:up

-- The outbox of what people are told. A page of the case file puts notices here in the first columns; whoever brings
-- them to people writes the others. The wording names nobody; whom it goes to, and where they are reached, is in the
-- vault. A supervisor's notices stay as they were put: a digest is to take them.
create table notifications (
    id bigint generated always as identity,
    key text primary key check (key <> ''),
    ref text not null check (ref <> ''),
    recipient text not null check (recipient in ('victim', 'supervisor')),
    message text not null check (message <> ''),
    stage case_stage,
    step case_step,
    reason text,
    next_update_on date,
    about text not null,
    wording text[] not null,
    at timestamptz not null,
    put_at timestamptz not null default now(),
    state text not null default 'waiting' check (
        state in ('waiting', 'sent', 'delivered', 'failed', 'withheld', 'by_hand')
    ),
    form text check (form in ('email', 'text', 'letter', 'phone')),
    error text not null default '',
    next_try_at timestamptz not null default now(),
    attempts integer not null default 0 check (attempts >= 0),
    failing_since timestamptz,
    sendings integer not null default 0 check (sendings >= 0),
    reference text unique check (reference <> ''),
    again boolean not null default false,
    provider_id text,
    sent_at timestamptz,
    delivered_at timestamptz,
    task_since timestamptz,
    resolved_at timestamptz,
    resolved_by text check (resolved_by <> ''),
    resent_at timestamptz,
    resent_by text check (resent_by <> ''),
    check (recipient = 'victim' or state = 'waiting'),
    check ((recipient = 'victim') = (stage is not null and step is not null)),
    check ((state in ('failed', 'by_hand')) = (task_since is not null)),
    check ((resolved_at is null) = (resolved_by is null)),
    check (resolved_at is null or task_since is not null),
    check ((resent_at is null) = (resent_by is null)),
    check (state <> 'delivered' or delivered_at is not null)
) with (fillfactor = 80);

comment on table notifications is 'The outbox of what people are told: the wording names nobody.';
comment on column notifications.id is 'Of one case''s notices of the same time, the lower one was put first.';
comment on column notifications.at is 'Case time; every other time here is real.';
comment on column notifications.state is
'waiting: to be sent, or tried again; sent: the relay or the provider took it; delivered: the provider says that it '
'arrived; failed: the provider took it and could not deliver it; by_hand: a caseworker has to tell it; withheld: '
'nobody is to be told it any more.';
comment on column notifications.form is 'By which form the last try went, or a caseworker is to tell it.';
comment on column notifications.error is 'Why it waits, failed, is withheld or is told by hand: a code.';
comment on column notifications.next_try_at is 'Not leased before this; the end of the lease while there is one.';
comment on column notifications.attempts is 'Tries of the present sending.';
comment on column notifications.reference is
'By what the provider knows the present sending: the same for each try of it, another for each sending.';
comment on column notifications.again is 'The present sending is over, and the next try is one anew.';
comment on column notifications.task_since is 'Since when it is a caseworker''s task, until it is settled or sent again.';

create index notifications_of_case on notifications (ref, at, id);
create index notifications_to_lease on notifications (next_try_at, id) where state = 'waiting' and recipient = 'victim';
create index notifications_heads on notifications (ref, at, id) where state = 'waiting' and recipient = 'victim';
create index notifications_late on notifications (failing_since) where state = 'waiting' and failing_since is not null;
create index notifications_tasks on notifications (task_since) where task_since is not null and resolved_at is null;

-- migrate:down
