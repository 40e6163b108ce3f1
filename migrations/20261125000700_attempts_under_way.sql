-- migrate:up

-- That something is being sent is kept before it leaves: `sending`, until it is known what came of it.
alter table asks drop constraint asks_outcome_check;
alter table asks add constraint asks_outcome_check check (
    outcome in ('sending', 'delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed')
);

alter table ask_attempts drop constraint ask_attempts_outcome_check;
alter table ask_attempts add constraint ask_attempts_outcome_check check (
    outcome in ('sending', 'delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed')
);

comment on column asks.attempts is 'The highest number of an attempt; outcome and error are those of the last that ended.';
comment on column ask_attempts.at is 'When it ended; while it is being sent, when it began.';

-- migrate:down
