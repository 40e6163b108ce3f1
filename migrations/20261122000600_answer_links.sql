-- migrate:up

-- The links by which agencies answer an e-mail. A link is its token, which only the mail holds: here is its digest.

create table answer_links (
    digest bytea primary key check (octet_length(digest) = 32),
    ask text not null check (ask <> ''),
    ref text not null check (ref <> ''),
    agency text not null references agencies,
    question text not null check (
        question in ('trace', 'agency_check', 'approach', 'offender_answer', 'assessment')
    ),
    wait text not null check (wait <> ''),
    due_on date not null,
    made_at timestamptz not null default now(),
    expires_at timestamptz not null,
    answers integer not null default 0 check (answers >= 0),
    answered_at timestamptz,
    message_id text not null default '',
    used_at timestamptz,
    check ((answers = 0) = (answered_at is null)),
    check ((answers = 0) = (message_id = '')),
    check (used_at is null or answers > 0)
);

comment on column answer_links.ask is 'The key of the first mail; each reminder and each repeat brings a further link.';
comment on column answer_links.due_on is 'Case time; every other time is real.';
comment on column answer_links.answers is 'Of the ask, by any of its links: one that only asks for more time leaves them usable.';
comment on column answer_links.message_id is 'The last answer''s, in the inbox.';
comment on column answer_links.used_at is 'When the ask was answered for good. A cancellation is seen in asks.';

create index answer_links_of_ask on answer_links (ask);

-- migrate:down
