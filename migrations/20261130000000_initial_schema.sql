-- migrate:up

-- One section for each noun: case file, read model, reconciliation, inbox, agencies, asks, answer links, notifications,
-- staff, covers, idempotency and the vault. The name of a column that ends in `_on` is a day, in `_at` a moment. Moments
-- are real, except those that a comment calls case time (the case's clock, which a demonstration runs faster).

---------------------------------------------------------------------------------------------------------------------
-- Case file: what happened in a case and its present state. Only the case's workflow writes it. It holds codes, dates
-- and references, never free text or a person's details.

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

-- The columns from `due_on` on are what lists sort and filter by: docs/decisions/0022.
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
    due_on date,
    overdue_since date,
    waiting_on text[] not null default '{}',
    step_since timestamptz not null default now(),
    stage_since timestamptz not null default now(),
    assigned_since timestamptz not null default now(),
    calendar text not null default '',
    held_form text,
    facilitator text generated always as (state #>> '{facilitator,id}') stored,
    facilitator_facts text collate "C" generated always as (
        (state #>> '{facilitator,active}') || ' ' || coalesce(state #>> '{facilitator,accredited_until}', '') || ' '
        || (state #>> '{facilitator,specialist_in}')
    ) stored,
    transfer_to text generated always as (state #>> '{transfer,to_area}') stored,
    referred_on text generated always as (state #>> '{request,referred_on}') stored,
    request jsonb generated always as (
        (state -> 'request')
        - '{area,incident,continues,referred_on,years_since_offence,whereabouts_known,contact,preferred_form}'::text[]
    ) stored,
    flags jsonb generated always as (state -> 'flags') stored,
    is_joint boolean generated always as (
        coalesce(jsonb_array_length(nullif(state #> '{progress,arrangement,joint_with}', 'null')) > 0, false)
    ) stored,
    is_overdue boolean generated always as (overdue_since is not null) stored,
    silent_since date generated always as (
        coalesce(victim_updated_on, (received_at at time zone 'Europe/London')::date)
    ) stored,
    check ((step = 'closed') = (ended_on is not null)),
    check (stage <> 'declined' or step = 'closed')
) with (fillfactor = 80);

comment on column cases.version is 'The version of the last entry. A write with an older version changes nothing.';
comment on column cases.received_at is 'Case time, like every date and moment here except written_at.';
comment on column cases.state is 'The whole state, such as consents and preferences: the JSON of domain/case.py.';
comment on column cases.due_on is 'The earliest of its active waits. A closed case may still wait for a review.';
comment on column cases.overdue_since is 'The earliest of its overdue waits.';
comment on column cases.waiting_on is 'Who its active waits are on, the earliest due first.';
comment on column cases.calendar is 'The calendar that its working days are counted by.';
comment on column cases.held_form is 'The form of the meeting that was held; null: none was.';
comment on column cases.facilitator_facts is 'What the case knows of its facilitator, to be compared with the register.';
comment on column cases.is_joint is 'A meeting day is set jointly with other cases.';
comment on column cases.transfer_to is 'The area that is asked to take the case over.';
comment on column cases.request is 'What reports count of the request: reading it from the state takes ten times as long.';
comment on column cases.silent_since is 'The day of the victim''s last update; without one, the day of the request.';

-- Every list starts with an area or merges the wanted areas. Only the list of stuck cases has an index across all areas.
create index cases_by_area on cases (area, received_at, ref);
create index cases_live on cases (area, received_at, ref) where ended_on is null or due_on is not null;
create index cases_due on cases (area, due_on, ref) where due_on is not null;
create index cases_in_review on cases (area, due_on, ref) where due_on is not null and ended_on is not null;
create index cases_silent on cases (area, silent_since, ref) where ended_on is null;
create index cases_overdue on cases (overdue_since, ref) where overdue_since is not null;
create index cases_overdue_by_area on cases (area, overdue_since, ref) where overdue_since is not null;
-- Holds everything that the board counts, so that counting reads only the index.
create index cases_of_caseload on cases (assigned_to, area, is_overdue, assigned_since, ref)
include (stage, step, step_since, on_hold) where ended_on is null;
create index cases_by_assigned on cases (assigned_to, area);
create index cases_in_aftercare on cases (assigned_to, aftercare_ends_on) where ended_on is not null;
create index cases_ended on cases (area, ended_on, ref) where ended_on is not null;
-- For changes of the staff register.
create index cases_by_facilitator on cases (facilitator, facilitator_facts) where ended_on is null;
create index cases_joint on cases (area, ref) where is_joint;
create index cases_in_transfer on cases (transfer_to, ref) where transfer_to is not null;
create index cases_on_hold on cases (area, received_at, ref) where on_hold;
create index cases_by_incident on cases (area, upper(incident)) where incident <> '';
-- For references of which only one half is typed.
create index cases_by_start on cases (ref text_pattern_ops);
create index cases_by_second_half on cases (right(ref, 4) text_pattern_ops);

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
    rules jsonb check (jsonb_typeof(rules) = 'object'),
    occurred_on date,
    digest bytea not null check (octet_length(digest) = 32),
    written_at timestamptz not null default now(),
    primary key (ref, version),
    unique (ref, id)
);

comment on column entries.rules is 'The rules under which the case began, in its first entry.';
comment on column entries.occurred_on is 'The day on which it happened, by London''s clocks.';
comment on column entries.digest is
'SHA-256 of the previous entry''s digest (first entry: no bytes) and the canonical JSON of the entry: domain/chain.py.';

-- What the commissioner's return counts of a period, by the day of recording: a fraction of all entries.
create index entries_of_return on entries (event, at, ref)
where event in (
    'victim_answered', 'contact_made', 'offender_approached', 'offender_answered', 'message_passed', 'meeting_held',
    'follow_up_recorded', 'feedback_recorded', 'entry_corrected', 'transfer_accepted'
);

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

comment on table refusals is 'Records that were refused. A refused request has no case, so ref then names none.';

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
    is_cancellation boolean not null default false,
    is_overdue boolean generated always as (overdue_since is not null) stored,
    primary key (ref, key)
);

comment on table waits is 'The active waits of each case.';
comment on column waits.area is 'The case''s area, so that an index can order one area''s waits.';
comment on column waits.is_cancellation is
'The news to be told includes a meeting day that was cancelled, which the victim does not know.';

-- For the list of stuck cases.
create index waits_concerns on waits (since, ref) where key like 'concern:%';
create index waits_concerns_by_area on waits (area, since, ref) where key like 'concern:%';
create index waits_untold_news on waits (is_cancellation, since, ref) where key like 'tell:%';
create index waits_untold_news_by_area on waits (area, is_cancellation, since, ref) where key like 'tell:%';
create index waits_transfers on waits (since, ref) where key like 'transfer:%';
create index waits_transfers_by_area on waits (area, since, ref) where key like 'transfer:%';
create index waits_by_age on waits (area, is_overdue, since, ref);
create index waits_risk_expiring on waits (since, ref) where key = 'risk' and chases > 0;
create index waits_risk_expiring_by_area on waits (area, since, ref) where key = 'risk' and chases > 0;
create index waits_by_waiting_on on waits (waiting_on, area, ref);
create index waits_of_agencies on waits (area, due_on, ref) where waiting_on not in ('caseworker', 'supervisor');

---------------------------------------------------------------------------------------------------------------------
-- Read model: history for reports, the change feed and the board. The statement that writes entries also writes the
-- first three tables. They have no foreign key to `cases`: each check would cost a write as much as an index does.

create table wait_history (
    ref text not null check (ref <> ''),
    version bigint not null check (version >= 1),
    key text not null check (key <> ''),
    waiting_on text not null check (waiting_on <> ''),
    area text not null,
    since timestamptz not null,
    due_on date not null,
    chases integer not null check (chases >= 0),
    overdue_since date,
    ended_at timestamptz not null,
    ended_by text not null check (ended_by <> ''),
    primary key (ref, version, key)
);

comment on column wait_history.version is 'The case''s version when the wait had ended.';
comment on column wait_history.ended_by is 'The event of the last entry of the write that ended it.';

create index wait_history_of_agencies on wait_history (area, ended_at)
where waiting_on not in ('caseworker', 'supervisor');

create table stage_history (
    ref text not null check (ref <> ''),
    version bigint not null check (version >= 1),
    kind text not null check (kind in ('step', 'stage')),
    area text not null,
    stage case_stage not null,
    step case_step,
    since timestamptz not null,
    until timestamptz not null,
    primary key (ref, version, kind),
    check ((kind = 'step') = (step is not null))
);

comment on table stage_history is 'One row for each step and one for each stage that a case has left.';
comment on column stage_history.version is 'The entry that ended it.';

create index stage_history_ended on stage_history (area, until);

create table changes (
    position bigint not null default pg_current_xact_id()::text::bigint,
    ref text not null,
    version bigint not null,
    area text not null,
    event text not null,
    stage case_stage not null,
    step case_step not null,
    at timestamptz not null,
    written_at timestamptz not null default now(),
    primary key (position, ref)
);

comment on table changes is
'The change feed: one row for each case and write. Its position is the transaction''s number, so the feed stops before '
'the oldest transaction that is still running.';
comment on column changes.at is 'Case time of the last entry of the write; event is that entry''s.';

create table changes_pruned (
    only_row boolean primary key default true check (only_row),
    position bigint not null
);

comment on table changes_pruned is 'The position up to which changes have been deleted.';

insert into changes_pruned (position) values (0);

create table board (
    area text not null,
    stage case_stage not null,
    step case_step not null,
    open integer not null,
    overdue integer not null,
    on_hold integer not null,
    since date[] not null,
    cases integer[] not null,
    primary key (area, stage, step),
    check (array_length(since, 1) = array_length(cases, 1))
);

comment on table board is 'Counts of open cases, as of the moment that board_snapshots says.';
comment on column board.area is 'Empty: all areas together.';
comment on column board.since is
'The days on which cases reached the step, with the number of cases in `cases`: a median of any areas is then exact.';

create table caseloads (
    assigned_to text not null,
    area text not null,
    open integer not null,
    overdue integer not null,
    on_hold integer not null,
    primary key (area, assigned_to)
);

comment on column caseloads.assigned_to is 'Empty: unassigned.';

create table board_snapshots (
    only_row boolean primary key default true check (only_row),
    as_of timestamptz not null,
    today date not null
);

comment on column board_snapshots.today is 'The day in case time at as_of.';

---------------------------------------------------------------------------------------------------------------------
-- Reconciliation: comparing case files with their workflows.

create table findings (
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('workflow_failing', 'state_mismatch')),
    area text not null,
    detail text not null check (detail <> ''),
    since timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    primary key (ref, kind)
);

comment on table findings is 'What is wrong with a case, for as long as reconciliation finds it so.';
comment on column findings.detail is 'Codes, versions and counts; nothing personal.';

create index findings_by_since on findings (kind, since, ref);
create index findings_by_area on findings (kind, area, since, ref);

create table recheck_queue (
    ref text primary key check (ref <> ''),
    queued_at timestamptz not null default now()
);

comment on table recheck_queue is 'Cases whose activities were retried often, or whose clock was refused: the next reconciliation checks them.';

create table reconciliation_cursors (
    name text primary key check (name in ('compare_all', 'check_next')),
    position text not null default '',
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    duration interval
);

comment on table reconciliation_cursors is
'How far each pass through all open cases has come, in the order of their references. A run continues where the last '
'one stopped, and starts again after the last case.';
comment on column reconciliation_cursors.position is 'The last reference that was reached; empty: about to start.';
comment on column reconciliation_cursors.completed_at is 'The end of the last complete pass, which took `duration`.';

create table rebuilds (
    id bigint generated always as identity primary key,
    ref text not null references cases,
    version bigint not null check (version >= 1),
    by text not null check (by <> ''),
    finding text not null check (finding <> ''),
    at timestamptz not null default now()
);

comment on table rebuilds is 'Who had a case''s row and waits rebuilt from its workflow, and because of which finding.';

create index rebuilds_of_case on rebuilds (ref, at);

---------------------------------------------------------------------------------------------------------------------
-- Policies: how long each wait lasts. Each case carries the one that it is under, so nothing here is read for it again.

create table policies (
    name text not null check (name <> ''),
    version integer not null check (version >= 1),
    value jsonb not null check (jsonb_typeof(value) = 'object'),
    loaded_by text not null check (loaded_by <> ''),
    loaded_at timestamptz not null default now(),
    primary key (name, version)
);

create trigger policies_are_append_only
before update or delete or truncate on policies
for each statement execute function refuse_change();

---------------------------------------------------------------------------------------------------------------------
-- Inbox: what was received and acknowledged. It is stored first and delivered to its case later; it ends with an outcome.

create table requests (
    source text not null check (source <> ''),
    source_id text not null check (source_id <> ''),
    ref text not null unique check (ref <> ''),
    received_at timestamptz not null default now(),
    primary key (source, source_id)
);

comment on table requests is 'The case that each request of another system became. A request sent twice opens one case.';

create table inbox (
    id bigint generated always as identity primary key,
    source text not null check (source <> ''),
    message_id text not null check (message_id <> ''),
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('request', 'event')),
    record jsonb not null check (jsonb_typeof(record) = 'object'),
    note text not null default '',
    digest bytea not null check (octet_length(digest) = 32),
    received_at timestamptz not null default now(),
    leased_until timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    next_try_at timestamptz not null default now(),
    error text not null default '',
    unexpected_errors integer not null default 0 check (unexpected_errors >= 0),
    delivered_at timestamptz,
    dead_letter_reason text check (dead_letter_reason <> ''),
    area text,
    outcome text check (outcome in ('applied', 'refused')),
    reason text,
    detail text not null default '',
    resolved_at timestamptz,
    id_reuses integer not null default 0 check (id_reuses >= 0),
    id_reused_at timestamptz,
    unique (source, message_id),
    check ((outcome is null) = (resolved_at is null)),
    check ((id_reuses > 0) = (id_reused_at is not null)),
    check ((outcome is not distinct from 'refused') = (reason is not null))
) with (fillfactor = 80);

comment on column inbox.record is 'Codes only. Free text is in the vault; note is its id.';
comment on column inbox.digest is 'HMAC-SHA-256 of what was received, including free text: its key is not in the database.';
comment on column inbox.next_try_at is 'Not leased before this; during a lease, the end of the lease.';
comment on column inbox.unexpected_errors is 'How many deliveries in a row have ended with an unexpected error.';
comment on column inbox.dead_letter_reason is 'Why it is not tried any more. Later messages of the case do not wait for it.';
comment on column inbox.area is 'Set on a dead letter: its case''s area, or the area that its request names.';
comment on column inbox.id_reuses is 'How often the id was used again for something else, which was not stored.';

create index inbox_to_lease on inbox (next_try_at, id)
where delivered_at is null and dead_letter_reason is null and outcome is null;
create index inbox_next_of_case on inbox (ref, id)
where delivered_at is null and dead_letter_reason is null and outcome is null;
create index inbox_unresolved on inbox (received_at) where outcome is null;
create index inbox_id_reused on inbox (id_reused_at) where id_reuses > 0;
create index inbox_requests_refused on inbox (resolved_at) where kind = 'request' and outcome = 'refused';
create index inbox_dead_lettered on inbox (ref, id) where dead_letter_reason is not null and outcome is null;
create index inbox_dead_lettered_by_area on inbox (area, received_at, ref)
where dead_letter_reason is not null and outcome is null;
create index inbox_dead_lettered_since on inbox (received_at, ref)
where dead_letter_reason is not null and outcome is null;

create function area_of_dead_letter() returns trigger language plpgsql as $$
begin
    new.area := coalesce(
        (select cases.area from cases where cases.ref = new.ref),
        (
            select request.record -> 'data' ->> 'area'
            from requests join inbox as request
                on request.source = requests.source and request.message_id = requests.source_id
            where requests.ref = new.ref
        )
    );
    return new;
end
$$;

create trigger inbox_dead_letters before insert or update of dead_letter_reason on inbox
for each row when (new.dead_letter_reason is not null) execute function area_of_dead_letter();

create table refused_messages (
    inbox bigint primary key references inbox,
    ref text not null references cases,
    event text not null check (event <> ''),
    code text not null check (code <> ''),
    detail text not null,
    waiting_on text not null check (waiting_on in ('caseworker', 'supervisor')),
    due_on date not null,
    stored_at timestamptz not null default now(),
    resolution text check (resolution in ('recorded', 'no_action')),
    resolved_at timestamptz,
    resolved_by text check (resolved_by <> ''),
    check ((resolved_at is null) = (resolution is null) and (resolved_at is null) = (resolved_by is null))
);

comment on table refused_messages is
'Messages that the process refused, of agencies that were asked in the case: a person looks at each. It is written with '
'the outcome in the inbox. Exact repetitions, and messages of others, are in the inbox only.';
comment on column refused_messages.waiting_on is 'Who resolves it: a supervisor where people''s safety or will may be concerned.';
comment on column refused_messages.due_on is 'Case time.';

create index refused_messages_open on refused_messages (ref) where resolved_at is null;
create index refused_messages_of_case on refused_messages (ref, inbox);

create table inbox_decisions (
    id bigint generated always as identity primary key,
    inbox bigint not null references inbox,
    decision text not null check (decision in ('retried', 'resolved')),
    reason text,
    previous_error text not null,
    by text not null check (by <> ''),
    at timestamptz not null default now(),
    check ((decision = 'resolved') = (reason is not null))
);

comment on table inbox_decisions is 'What staff decided about messages that could not be delivered.';
comment on column inbox_decisions.previous_error is 'Why it was dead-lettered, or how its last delivery had failed.';

create index inbox_decisions_of on inbox_decisions (inbox, id);

---------------------------------------------------------------------------------------------------------------------
-- Agencies: the directory, its keys, and which agencies are paused.

create table agencies (
    id text primary key check (id ~ '^[a-z0-9][a-z0-9-]*$' and length(id) <= 100),
    kind text not null check (
        kind in (
            'vlo', 'probation', 'youth_offending_team', 'prison', 'hmpps_rehub', 'court', 'charity',
            'restorative_service', 'police', 'hospital', 'immigration'
        )
    ),
    area text not null check (area = '' or area ~ '^[a-z][a-z0-9_-]{0,49}$'),
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

comment on column agencies.area is 'Empty: a national agency, which serves every area that has none of its kind.';
comment on column agencies.address is 'A URL or a mail address; empty where a caseworker asks.';
comment on column agencies.questions is 'What this agency is asked; empty: everything. The register answers traces only.';
comment on column agencies.contact is 'The team that staff ring or write to when something is wrong, not a person.';
comment on column agencies.works_on is 'ISO weekdays: 1 is Monday.';

create index agencies_by_kind on agencies (kind, area, id) where active;
create index agencies_in_order on agencies (area, kind, id);

create table agency_keys (
    agency text not null references agencies,
    side text not null check (side in ('theirs', 'ours')),
    secret text not null check (secret <> ''),
    added_at timestamptz not null default now(),
    until timestamptz,
    idempotency_key text not null default '',
    primary key (agency, side, secret)
);

comment on column agency_keys.side is 'theirs: signs the webhooks that the agency sends; ours: signs what is sent to it.';
comment on column agency_keys.until is 'When the key expires because of a newer one; null: not rotated yet.';
comment on column agency_keys.idempotency_key is 'The id of the command that made it, so that it is not made twice.';

create table agency_pauses (
    agency text primary key,
    since timestamptz not null default now(),
    by text not null check (by <> '')
);

comment on table agency_pauses is 'Agencies to which nothing is sent; an empty agency: all of them.';

---------------------------------------------------------------------------------------------------------------------
-- Asks: what is sent to agencies, and each attempt. No reference to `cases`: an ask may leave before its entry is written.

create table asks (
    key text primary key check (key <> ''),
    ref text not null check (ref <> ''),
    kind text not null check (kind in ('ask', 'reminder', 'ask_cancelled', 'case_update')),
    area text not null,
    agency text not null check (agency <> ''),
    question text,
    due_on date,
    reminder integer not null check (reminder >= 0),
    cancels text check (cancels <> ''),
    content jsonb check (jsonb_typeof(content) = 'object'),
    outcome text not null check (
        outcome in (
            'sending', 'unknown', 'delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed'
        )
    ),
    error text not null,
    attempts integer not null check (attempts >= 1),
    failing_since timestamptz,
    next_try_at timestamptz check (next_try_at is null or outcome in ('failed', 'paused')),
    is_over boolean not null default false,
    case_overdue boolean not null default false,
    told_at timestamptz,
    told_by text check (told_by <> ''),
    check ((kind = 'ask_cancelled') = (cancels is not null)),
    check ((kind = 'case_update') = (content is not null)),
    check ((kind in ('ask', 'reminder')) = (question is not null)),
    check ((told_at is null) = (told_by is null)),
    check (told_at is null or kind in ('case_update', 'ask_cancelled')),
    check ((kind = 'reminder') = (reminder > 0)),
    check ((outcome in ('failed', 'refused', 'no_agency')) = (failing_since is not null))
) with (fillfactor = 80);

comment on column asks.attempts is 'The number of attempts. Outcome and error are those of the last that ended.';
comment on column asks.is_over is 'Of a failing ask: at its case''s last write nothing waited for its answer any more.';
comment on column asks.case_overdue is 'Of a failing ask: at its last write the case was overdue, so it is listed as such.';

comment on column asks.content is 'What an update says: codes and dates only.';
comment on column asks.told_by is 'Who told the agency an update or a cancellation in person.';

create index asks_of_case on asks (ref);
create index asks_updates_to_tell on asks (area, key)
where kind in ('case_update', 'ask_cancelled') and told_at is null
    and outcome in ('manual', 'refused', 'no_agency', 'failed', 'paused');
create index asks_cancelled on asks (cancels) where cancels is not null;
-- Few asks fail while their answer is still waited for; only those are indexed.
create index asks_failing_of on asks (ref) where failing_since is not null;
create index asks_failing on asks (case_overdue, failing_since, ref)
where failing_since is not null and not is_over and (question is not null or outcome = 'failed');
create index asks_failing_by_area on asks (area, case_overdue, failing_since, ref)
where failing_since is not null and not is_over and (question is not null or outcome = 'failed');

create table ask_attempts (
    key text not null references asks,
    number integer not null check (number >= 1),
    outcome text not null check (
        outcome in (
            'sending', 'unknown', 'delivered', 'manual', 'failed', 'refused', 'no_agency', 'paused', 'not_needed'
        )
    ),
    error text not null,
    agency text not null,
    channel text not null,
    address text not null,
    at timestamptz not null default now(),
    primary key (key, number)
);

create index ask_attempts_sending on ask_attempts (at) where outcome = 'sending';

comment on column ask_attempts.agency is 'The agency that was asked, with its channel and address then; empty: none.';
comment on column ask_attempts.at is 'When it ended; while it is being sent, when it started.';

---------------------------------------------------------------------------------------------------------------------
-- Answer links: the links in emails to agencies. Only the email holds the token; its digest is stored.

create table answer_links (
    digest bytea primary key check (octet_length(digest) = 32),
    ask text not null check (ask <> ''),
    ref text not null check (ref <> ''),
    agency text not null references agencies,
    address text not null,
    question text not null check (
        question in ('trace', 'agency_check', 'approach', 'offender_answer', 'assessment')
    ),
    wait text not null check (wait <> ''),
    due_on date not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    answers integer not null default 0 check (answers >= 0),
    answered_at timestamptz,
    message_id text not null default '',
    used_at timestamptz,
    check ((answers = 0) = (answered_at is null)),
    check ((answers = 0) = (message_id = '')),
    check (used_at is null or answers > 0)
);

comment on column answer_links.ask is 'The key of the first email. Each reminder and each repeat has a link of its own.';
comment on column answer_links.address is 'Where the link was sent. Once the agency has another address, the link is revoked.';
comment on column answer_links.due_on is 'Case time.';
comment on column answer_links.answers is 'Answers to the ask by any of its links. One that asks for more time uses up none.';
comment on column answer_links.message_id is 'The inbox message of the last answer.';
comment on column answer_links.used_at is 'When the ask had its final answer. Whether it was cancelled is in asks.';

create index answer_links_of_ask on answer_links (ask);

---------------------------------------------------------------------------------------------------------------------
-- Victim links: a victim's own link to their case, which works with a code that was given by another way.

create table victim_links (
    digest bytea primary key check (octet_length(digest) = 32),
    ref text not null check (ref <> ''),
    code_digest bytea not null check (octet_length(code_digest) = 32),
    created_by text not null check (created_by <> ''),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    wrong_codes integer not null default 0 check (wrong_codes >= 0),
    revoked_at timestamptz
);

comment on column victim_links.code_digest is 'Of token and code together: without the token nobody can try all codes.';
comment on column victim_links.wrong_codes is 'In a row. After too many the link no longer works.';

create unique index victim_links_of_case on victim_links (ref) where revoked_at is null;

---------------------------------------------------------------------------------------------------------------------
-- Notifications: the outbox of messages to victims and supervisors. The statement that writes entries fills in the
-- columns up to queued_at, and the sender the others. The text names nobody; names and addresses are in the vault.
-- A supervisor's notifications stay `waiting`: the digest reads them.

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
    variant text,
    day date,
    corrects text,
    about text not null,
    wording text[],
    language text,
    at timestamptz not null,
    queued_at timestamptz not null default now(),
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
    mail_id uuid,
    needs_new_reference boolean not null default false,
    provider_id text,
    sent_at timestamptz,
    delivered_at timestamptz,
    task_since timestamptz,
    resolved_at timestamptz,
    resolved_by text check (resolved_by <> ''),
    resent_at timestamptz,
    resent_by text check (resent_by <> ''),
    urgent boolean not null default false,
    account text not null default '',
    alerted text[] not null default '{}',
    alerted_at timestamptz,
    check (recipient = 'supervisor' or account = ''),
    check (recipient = 'victim' or state = 'waiting'),
    check (recipient = 'victim' or wording is not null),
    check (recipient = 'supervisor' or (wording is null) = (language is null)),
    check ((recipient = 'victim') = (stage is not null and step is not null)),
    check ((recipient = 'victim') = (variant is not null and corrects is not null)),
    check ((state in ('failed', 'by_hand')) = (task_since is not null)),
    check ((resolved_at is null) = (resolved_by is null)),
    check (resolved_at is null or task_since is not null),
    check ((resent_at is null) = (resent_by is null)),
    check (state <> 'delivered' or delivered_at is not null)
) with (fillfactor = 80);

comment on column notifications.id is 'Of two notifications of a case at the same time, the lower one was queued first.';
comment on column notifications.day is 'The meeting day that is set, or the one that was cancelled.';
comment on column notifications.corrects is 'The key of the message that this one corrects; empty: none.';
comment on column notifications.urgent is 'Sent at any hour: it is about people''s safety.';
comment on column notifications.mail_id is 'The random id of the e-mail of the present sending.';
comment on column notifications.wording is
'What was sent, or what a caseworker has to say: null until it is tried. The columns before say what it depends on.';
comment on column notifications.language is 'The language of `wording`.';
comment on column notifications.at is 'Case time.';
comment on column notifications.state is
'waiting: to be sent or tried again; sent: accepted by the relay or provider; delivered: the provider reports delivery; '
'failed: accepted but not delivered; by_hand: a caseworker has to tell the victim; withheld: not to be sent any more.';
comment on column notifications.form is 'How the last try was sent, or how a caseworker is to tell the victim.';
comment on column notifications.error is 'A code: why it waits, failed, is withheld or is left to a caseworker.';
comment on column notifications.next_try_at is 'Not leased before this; during a lease, the end of the lease.';
comment on column notifications.attempts is 'Tries of the present sending.';
comment on column notifications.sendings is 'How often it was sent from the beginning, each time under a new reference.';
comment on column notifications.reference is 'The provider''s key for the present sending, the same for each of its tries.';
comment on column notifications.needs_new_reference is 'The present sending has ended: the next try starts a new one.';
comment on column notifications.task_since is 'Since when it is a caseworker''s task, until it is resolved or sent again.';

comment on column notifications.account is 'To one member of staff alone, at once; empty: to supervisors.';
comment on column notifications.alerted is 'Who was sent an alert that is sent at once: accounts, and `duty`.';

create index notifications_of_case on notifications (ref, at, id);
create index notifications_to_lease on notifications (next_try_at, id)
where state = 'waiting' and recipient = 'victim';
create index notifications_next_of_case on notifications (ref, at, id)
where state = 'waiting' and recipient = 'victim';
create index notifications_corrections on notifications (ref, corrects) where corrects <> '';
create index notifications_late on notifications (failing_since)
where state = 'waiting' and failing_since is not null;
create index notifications_tasks on notifications (task_since) where task_since is not null and resolved_at is null;
create index notifications_to_alert on notifications (next_try_at, id)
where recipient = 'supervisor' and (urgent or account <> '') and alerted_at is null;
create index notifications_to_supervisors on notifications (id) where recipient = 'supervisor';

create table notification_actions (
    key text not null references notifications,
    idempotency_key text not null check (idempotency_key <> ''),
    action text not null check (action in ('resolved', 'resent', 'returned')),
    by text not null check (by <> ''),
    at timestamptz not null default now(),
    primary key (key, idempotency_key)
);

comment on table notification_actions is 'What staff did about a notification, so that the same command acts only once.';

create table seen (
    account text not null check (account <> ''),
    ref text not null references cases,
    version bigint not null check (version >= 1),
    seen_at timestamptz not null default now(),
    primary key (account, ref)
);

comment on table seen is 'Up to which entry each account has seen a case, as it said itself.';

create table digests (
    staff text not null check (staff <> ''),
    day date not null,
    until bigint not null check (until >= 0),
    sent_at timestamptz not null default now(),
    primary key (staff, day)
);

comment on table digests is 'The morning digests that were sent.';
comment on column digests.until is 'The last notification that it included: the next digest starts after it.';

---------------------------------------------------------------------------------------------------------------------
-- Staff: who works with cases, as an admin added them or as their sign-ins say: who cases can be assigned to, and who
-- gets a digest. What a person may do is said by their token, never by this table.

create table staff (
    id text primary key check (id ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$'),
    roles text[] not null check (roles <@ array['caseworker', 'supervisor', 'auditor', 'admin']),
    areas text[],
    email text not null default '' check (email = '' or email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    name text not null default '',
    phone text not null default '',
    active boolean not null default true,
    accredited_until date,
    specialist_in text[] not null default '{}' check (
        specialist_in <@ array['sexual_harm', 'domestic_abuse', 'stalking']
    ),
    languages text[] not null default '{}',
    co_facilitators text[] not null default '{}',
    entered_by text not null default '',
    seen_at timestamptz,
    idempotency_key text not null default '',
    check (accredited_until is not null or specialist_in = '{}')
);

comment on column staff.areas is 'Null: every area.';
comment on column staff.accredited_until is
'The last day of their accreditation as a facilitator; null: they do not facilitate. Open cases learn of each change.';
comment on column staff.specialist_in is 'The flags of cases for which they have the specialist training.';
comment on column staff.languages is 'ISO 639 codes of the languages in which they can facilitate, besides English.';
comment on column staff.co_facilitators is 'Accounts of those they facilitate with.';
comment on column staff.name is 'As victims read it in messages about the cases that are assigned to them; `phone` the same.';
comment on column staff.seen_at is 'When they last signed in, at most an hour late.';
comment on column staff.idempotency_key is 'The id of the command that added them, so that the same command succeeds again.';

---------------------------------------------------------------------------------------------------------------------
-- Areas: how the service names itself to victims. An area without a row has the defaults of ports/area_settings.py.

create table area_settings (
    area text primary key check (area <> ''),
    service text not null check (service <> ''),
    phone text not null,
    support text not null check (support <> ''),
    complaints text not null check (complaints <> ''),
    welsh boolean not null,
    service_in_welsh text not null default '',
    support_in_welsh text not null default '',
    complaints_in_welsh text not null default '',
    changed_by text not null check (changed_by <> ''),
    changed_at timestamptz not null default now()
);

comment on column area_settings.phone is 'Empty: the number that the installation has for all areas.';
comment on column area_settings.service_in_welsh is 'Empty: as in English; `support` and `complaints` the same.';
comment on column area_settings.welsh is 'Whether messages are sent in Welsh to those who want it.';

---------------------------------------------------------------------------------------------------------------------
-- Covers: whose cases a colleague has during an absence, so that exactly those cases go back.

create table covers (
    id text primary key check (id <> ''),
    absent text not null check (absent <> ''),
    covering text not null check (covering <> '' and covering <> absent),
    started_at timestamptz not null default now(),
    started_by text not null check (started_by <> ''),
    ended_at timestamptz,
    ended_by text,
    check ((ended_at is null) = (ended_by is null))
);

create index covers_running on covers (started_at, id) where ended_at is null;
create index covers_ended on covers (started_at, id) where ended_at is not null;

create table cover_cases (
    cover text not null references covers,
    ref text not null references cases,
    transferred_at timestamptz not null default now(),
    primary key (cover, ref)
);

comment on column cover_cases.transferred_at is 'The order of transfers: a case passed on twice goes back the same way.';

---------------------------------------------------------------------------------------------------------------------
-- Monitoring: what reports count besides cases. Neither table names a case or a person.

create table offers (
    id uuid primary key,
    made_on date not null,
    area text not null check (area <> ''),
    offence text not null check (offence <> ''),
    made_by text not null check (made_by <> ''),
    recorded_by text not null check (recorded_by <> ''),
    recorded_at timestamptz not null default now(),
    corrects uuid unique references offers check (corrects <> id),
    was_made boolean not null default true,
    check (was_made or corrects is not null)
);

comment on table offers is 'That somebody was told about restorative justice and offered it, whatever came of it.';
comment on column offers.made_by is 'The agency that made it, as cases name agencies: by its kind, or with its id.';

comment on column offers.corrects is 'The offer that counts no more, because it was recorded wrongly.';
comment on column offers.was_made is 'False: there was no such offer.';

create index offers_by_day on offers (area, made_on);

create table characteristics (
    area text not null check (area <> ''),
    quarter date not null check (quarter = date_trunc('quarter', quarter)::date),
    side text not null check (side in ('victim', 'offender')),
    characteristic text not null check (characteristic <> ''),
    value text not null check (value <> ''),
    people integer not null check (people > 0),
    primary key (area, quarter, side, characteristic, value)
);

comment on table characteristics is
'How many people said something of themselves. No row is about one person, and nothing says what else they said, in '
'which case, on which day, or who asked them.';
comment on column characteristics.quarter is 'The first day of the quarter in which they said it.';

---------------------------------------------------------------------------------------------------------------------
-- Idempotency: what staff requested under a key, and the response, which the same request gets again.

create table idempotency_keys (
    account text not null check (account <> ''),
    key text not null check (key <> ''),
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    started_at timestamptz not null default now(),
    claimed_until timestamptz,
    status integer check (status between 200 and 499),
    headers jsonb check (jsonb_typeof(headers) = 'object'),
    body text,
    primary key (account, key),
    check ((status is null) = (body is null) and (status is null) = (headers is null))
);

comment on column idempotency_keys.fingerprint is 'HMAC-SHA-256 of the request. Another request under the same key is an error.';
comment on column idempotency_keys.claimed_until is 'Until then one process executes it alone; after that another may.';
comment on column idempotency_keys.status is 'Null: started, and not known to have ended.';
comment on column idempotency_keys.body is 'Names cases, codes and dates, and nobody.';

create index idempotency_keys_by_age on idempotency_keys (started_at);

create table bulk_selections (
    id text not null check (id <> ''),
    ref text not null references cases,
    waits text[] not null check (cardinality(waits) > 0),
    selected_at timestamptz not null default now(),
    primary key (id, ref)
);

comment on table bulk_selections is
'The waits that a bulk action selected in each case: the same action again means the same waits, whatever changed since.';
comment on column bulk_selections.id is 'The action''s id, with which the id of each of its records begins.';

create index bulk_selections_by_age on bulk_selections (selected_at);

---------------------------------------------------------------------------------------------------------------------
-- Vault: personal details and free text, the two sides apart. Other tables refer to its rows only by a case's reference
-- and a note's id, so that rows can be erased and the case file stays whole.

create schema vault;

-- Match keys find requests about the same people without anybody reading their details: hashes of normalised details,
-- generated by PostgreSQL so that they are always written and erased with the row. PL/pgSQL took a sixth of the time of
-- SQL functions. docs/decisions/0026.

create function vault.match_key(kind text, what text, who text default '') returns bigint
language sql immutable strict parallel safe
return hashtextextended(kind || ' ' || what || ' ' || (who collate "C"), 0);

-- The first and last word of a name in alphabetical order, without capitals, marks, punctuation and titles. Null: no
-- word, or one that only says that the name is not known. `adapters/channels/hmpps/person_names.py` has the same rules.
create function vault.normalised_name(name text) returns text language plpgsql immutable strict parallel safe as $$
declare
    inside_a_word constant text := '[''`.\u00ad\u00b4\u02b9\u02bb\u02bc\u055a\u200b-\u200d\u2018-\u201b\u2032\u2035\uff07]';
    titles constant text[] := '{mr,mrs,ms,miss,mx,dr,master,sir,dame,rev,reverend,prof,professor}';
    prefixes constant text[] := '{o,d,mc,mac}';
    unknown constant text[] := '{unknown,unk,nk,tbc}';
    letters text := regexp_replace(normalize(regexp_replace(name, inside_a_word, '', 'g'), nfkd), '[\u0300-\u036f]', '', 'g');
    folded text collate pg_unicode_fast := casefold(letters collate pg_unicode_fast);
    plain text collate pg_unicode_fast := replace(replace(replace(
        translate(folded, U&'\0142\00f8\0111\00f0\0127\0167\0131', 'loddhti'),
    U&'\00e6', 'ae'), U&'\0153', 'oe'), U&'\00fe', 'th');
    words text[] := array_remove(regexp_split_to_array(plain, '[^[:alnum:]]+'), '');
    first text collate "C";
    last text collate "C";
begin
    while cardinality(words) > 1 and words[1] = any (titles) loop
        words := words[2:];
    end loop;
    if words && unknown or words in ('{n,k}', '{n,a}', '{not,known}', '{not,given}', '{not,stated}', '{not,provided}') then
        return null;
    end if;
    first := words[1];
    last := words[cardinality(words)];
    if cardinality(words) > 2 and words[cardinality(words) - 1] = any (prefixes) then
        last := words[cardinality(words) - 1] || last;
    end if;
    return least(first, last) || ' ' || greatest(first, last);
end
$$;

-- A UK number with or without its country code; others with `+` or `00`. Null: no digit.
create function vault.normalised_phone(phone text) returns text language plpgsql immutable strict parallel safe as $$
begin
    return nullif(ltrim(regexp_replace(regexp_replace(phone, '[^0-9]', '', 'g'), '^(0044|44|0)0?', ''), '0'), '');
end
$$;

-- Without the century, the slash and the zeros before the serial number. Null: not such a number, or one of zeros.
create function vault.normalised_pnc(pnc text) returns text language plpgsql immutable strict parallel safe as $$
declare
    parts text[] := coalesce(
        regexp_match(upper(pnc), '^\s*(?:\d\d)?(\d\d)\s?/\s?0*([1-9]\d{0,6})\s?([A-Z])\s*$'),
        regexp_match(upper(pnc), '^\s*(?:\d\d)?(\d\d)(?=\d{7}\s?[A-Z]\s*$)0*([1-9]\d{0,6})\s?([A-Z])\s*$')
    );
begin
    return parts[1] || '/' || parts[2] || parts[3];
end
$$;

-- Same name, and same email address or same telephone number.
create function vault.victim_match_keys(details jsonb) returns bigint[]
language plpgsql immutable strict parallel safe as $$
declare
    name text := vault.normalised_name(details ->> 'name');
    email text := nullif(lower((btrim(details ->> 'email')) collate pg_unicode_fast), '');
begin
    return array_remove(
        array[
            vault.match_key('email', email, name),
            vault.match_key('phone', vault.normalised_phone(details ->> 'phone'), name)
        ],
        null
    );
end
$$;

-- Same name or alias, and same date of birth; or the same number. 1 January 1900 is written where no day is known.
create function vault.offender_match_keys(details jsonb) returns bigint[]
language plpgsql immutable strict parallel safe as $$
declare
    names jsonb := coalesce(details -> 'name', '[]') || coalesce(details -> 'aliases', '[]');
    born text := nullif(details ->> 'date_of_birth', '1900-01-01');
    keys bigint[] := array[
        vault.match_key('pnc', vault.normalised_pnc(details ->> 'pnc_number')),
        vault.match_key('nomis', upper(details ->> 'nomis_number')),
        vault.match_key('crn', upper(details ->> 'crn'))
    ];
begin
    for position in 0 .. jsonb_array_length(names) - 1 loop
        keys := keys || vault.match_key('born', born, vault.normalised_name(names ->> position));
    end loop;
    return array_remove(keys, null);
end
$$;

create table vault.victims (
    ref text primary key check (ref <> ''),
    details jsonb not null check (jsonb_typeof(details) = 'object'),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now(),
    match_keys bigint[] not null generated always as (vault.victim_match_keys(details)) stored
);

-- For replies by text message.
create index victims_by_phone on vault.victims (vault.normalised_phone(details ->> 'phone'));
create index victims_by_match_key on vault.victims using gin (match_keys);

create table vault.offenders (
    ref text primary key check (ref <> ''),
    details jsonb not null check (jsonb_typeof(details) = 'object'),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now(),
    match_keys bigint[] not null generated always as (vault.offender_match_keys(details)) stored
);

create index offenders_by_match_key on vault.offenders using gin (match_keys);

create table vault.notes (
    id uuid primary key default gen_random_uuid(),
    ref text not null check (ref <> ''),
    text text not null check (text <> ''),
    written_by text not null check (written_by <> ''),
    written_at timestamptz not null default now()
);

create index notes_of_case on vault.notes (ref);

create table vault.contact_changes (
    ref text not null check (ref <> ''),
    id text not null check (id <> ''),
    details jsonb not null check (jsonb_typeof(details) = 'object'),
    removed text[] not null,
    written_by text not null check (written_by <> ''),
    requested_at timestamptz not null default now(),
    applied_at timestamptz,
    primary key (ref, id),
    check (applied_at is null or (details = '{}' and removed = '{}'))
);

comment on table vault.contact_changes is
'What victims change of their details together with how they want to hear: applied once, when the case has recorded that.';
comment on column vault.contact_changes.id is 'The id of the entry. A change without one is dropped after some days.';

create index contact_changes_by_age on vault.contact_changes (requested_at);

create table vault.access_log (
    id bigint generated always as identity primary key,
    ref text not null check (ref <> ''),
    what text not null check (what in ('victim', 'offender', 'note')),
    action text not null default 'read' check (action in ('read', 'corrected')),
    by text not null check (by <> ''),
    at timestamptz not null default now()
);

comment on table vault.access_log is 'Who read or corrected which details: staff, agencies and victims. The service''s own reads are in its log.';

create index access_log_of_case on vault.access_log (ref, at);

-- migrate:down
