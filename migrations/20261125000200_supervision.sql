-- migrate:up

-- What supervision is drawn from, at a million open cases: see docs/decisions/0022. A page of the case file writes all
-- of it in the statement that writes the page, but for the counts at the end, which a server makes anew each minute.

-- What lists sort and filter by stands in the case's own row. The columns that say *since* are in the case's time.
alter table cases
    add column due_on date,
    add column overdue_since date,
    add column waiting_on text[] not null default '{}',
    add column step_since timestamptz,
    add column stage_since timestamptz,
    add column assigned_since timestamptz,
    add column calendar text not null default '',
    add column held_form text,
    add column is_overdue boolean generated always as (overdue_since is not null) stored,
    add column silent_since date generated always as (
        coalesce(victim_updated_on, (received_at at time zone 'UTC')::date)
    ) stored;

comment on column cases.due_on is 'The earliest of its active waits; an ended case may wait for a review.';
comment on column cases.overdue_since is 'The earliest of its waits that ran out.';
comment on column cases.waiting_on is 'The owners of its active waits, the soonest due first.';
comment on column cases.calendar is 'By which its working days are counted.';
comment on column cases.held_form is 'In what form the two sides met; null: they have not.';
comment on column cases.silent_since is 'When the victim last heard; the day of the request where they have not.';

update cases set
    (due_on, overdue_since, waiting_on) = (
        select min(due_on), min(overdue_since), coalesce(array_agg(waits.waiting_on order by due_on, key), '{}')
        from waits where waits.ref = cases.ref
    ),
    step_since = coalesce((
        select max(at) from (
            select at, step, lag(step) over (order by version) as before from entries where entries.ref = cases.ref
        ) as entry where step is distinct from before
    ), received_at),
    stage_since = coalesce((
        select max(at) from (
            select at, stage, lag(stage) over (order by version) as before from entries where entries.ref = cases.ref
        ) as entry where stage is distinct from before
    ), received_at),
    assigned_since = coalesce((
        select max(at) from entries where entries.ref = cases.ref and event = 'reassigned'
    ), received_at),
    calendar = coalesce(state #>> '{rules,calendar}', ''),
    held_form = case when state #>> '{progress,held_on}' is not null then state ->> 'form' end;

-- A worker of the version before does not know these columns, and may still write while this is put in place.
alter table cases
    alter column step_since set not null,
    alter column step_since set default now(),
    alter column stage_since set not null,
    alter column stage_since set default now(),
    alter column assigned_since set not null,
    alter column assigned_since set default now();

-- Every list begins with an area, or merges those that are wanted; only the stuck list of all areas has an index of its
-- own. The caseloads' index holds all that the board is counted from, so that nothing else is read for it.
drop index cases_by_received, cases_by_stage, cases_by_step, cases_by_assigned, cases_on_hold;
create index cases_live on cases (area, received_at, ref) where ended_on is null or due_on is not null;
create index cases_due on cases (area, due_on, ref) where due_on is not null;
create index cases_in_review on cases (area, due_on, ref) where due_on is not null and ended_on is not null;
create index cases_silent on cases (area, silent_since, ref) where ended_on is null;
create index cases_overdue on cases (overdue_since, ref) where overdue_since is not null;
create index cases_overdue_by_area on cases (area, overdue_since, ref) where overdue_since is not null;
create index cases_of_caseload on cases (assigned_to, area, is_overdue, assigned_since, ref)
include (stage, step, step_since, on_hold) where ended_on is null;
create index cases_by_assigned on cases (assigned_to, area);
create index cases_ended on cases (area, ended_on, ref) where ended_on is not null;
create index cases_on_hold on cases (area, received_at, ref) where on_hold;
create index cases_by_start on cases (ref text_pattern_ops);
create index cases_by_second_half on cases (right(ref, 4) text_pattern_ops);

drop index waits_overdue, waits_overdue_by_area, waits_by_owner;
create index waits_by_owner on waits (waiting_on, area, ref);

-- The waits that are over, for what is said of agencies. Nothing refers to the case's row here nor in the next table: the
-- statement that writes them writes that row too, and looking for it again would cost each page as much as an index.
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

comment on column wait_history.version is 'The case''s version when the wait was over.';
comment on column wait_history.ended_by is 'The event of the last entry of the page that ended it.';

create index wait_history_of_agencies on wait_history (area, ended_at)
where waiting_on not in ('caseworker', 'supervisor');

-- One row for each step that a case has left, and one for each stage.
create table stage_history (
    ref text not null check (ref <> ''),
    version bigint not null check (version >= 1),
    "of" text not null check ("of" in ('step', 'stage')),
    area text not null,
    stage case_stage not null,
    step case_step,
    since timestamptz not null,
    until timestamptz not null,
    primary key (ref, version, "of"),
    check (("of" = 'step') = (step is not null))
);

comment on column stage_history.version is 'The entry that ended it.';

create index stage_history_ended on stage_history (area, until);

insert into stage_history (ref, version, "of", area, stage, step, since, until)
select ref, version, "of", area, stage, step, since, at
from (
    select moved.ref, moved.version, moved."of", cases.area, before as stage, at, lag(at) over each_of as since,
        case when moved."of" = 'step' then step_before end as step
    from (
        select ref, version, at, 'step' as "of", lag(stage) over each as before, lag(step) over each as step_before,
            step is distinct from lag(step) over each as moved
        from entries window each as (partition by ref order by version)
        union all
        select ref, version, at, 'stage', lag(stage) over each, null, stage is distinct from lag(stage) over each
        from entries window each as (partition by ref order by version)
    ) as moved join cases on cases.ref = moved.ref
    where moved.moved
    window each_of as (partition by moved.ref, moved."of" order by moved.version)
) as spell
where since is not null;

-- One row for each page that was written, for whoever follows what happens. A page is one transaction, so its number
-- is the row's; a number is passed on idempotency_keys no lower one can still come.
create table changes (
    position bigint primary key default pg_current_xact_id()::text::bigint,
    ref text not null,
    version bigint not null,
    area text not null,
    event text not null,
    stage case_stage not null,
    step case_step not null,
    at timestamptz not null,
    written_at timestamptz not null default now()
);

comment on column changes.at is 'Case time, of the last entry of the page; event is that entry''s.';

-- Up to where the changes were thrown away.
create table changes_pruned (
    only_row boolean primary key default true check (only_row),
    position bigint not null
);

insert into changes_pruned (position) values (0);

-- Asks that reach nobody: those whose answer is still waited for are few, and only they are in an index.
alter table asks
    add column is_over boolean not null default false,
    add column case_overdue boolean not null default false;

comment on column asks.is_over is 'Of a failing ask: at its case''s last page nothing waited for its answer any more.';
comment on column asks.case_overdue is 'Of a failing ask: at its case''s last page that was overdue, and so is listed above.';

update asks set
    case_overdue = cases.overdue_since is not null,
    is_over = kind <> 'ask_cancelled' and not exists (
        select from waits
        where waits.ref = asks.ref and waits.key = split_part(split_part(asks.key, '.reminder-', 1), '.', 3)
    )
from cases where cases.ref = asks.ref and failing_since is not null;

drop index asks_failing;
create index asks_failing_of on asks (ref) where failing_since is not null;
create index asks_failing on asks (case_overdue, failing_since, ref)
where failing_since is not null and not is_over and (kind <> 'ask_cancelled' or outcome = 'failed');
create index asks_failing_by_area on asks (area, case_overdue, failing_since, ref)
where failing_since is not null and not is_over and (kind <> 'ask_cancelled' or outcome = 'failed');

drop index inbox_dead_lettered;
create index inbox_dead_lettered on inbox (ref, id) where dead_letter_reason is not null and outcome is null;

create index inbox_requests_refused on inbox (resolved_at) where kind = 'request' and outcome = 'refused';

-- The counts, as of the minute that `board_snapshots` says: open cases by area, stage and step, and by whom they are assigned
-- to. Days are kept as the days since when, each with how many cases, so that a median is exact for any areas together.
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

comment on column board.area is 'Empty: all areas together.';
comment on column board.since is 'On which days of the case''s time they came to the step; `cases` says how many each.';

create table caseloads (
    assigned_to text not null,
    area text not null,
    open integer not null,
    overdue integer not null,
    on_hold integer not null,
    primary key (area, assigned_to)
);

comment on column caseloads.assigned_to is 'Empty: nobody.';

create table board_snapshots (
    only_row boolean primary key default true check (only_row),
    as_of timestamptz not null,
    today date not null
);

comment on column board_snapshots.as_of is 'Real time; today is the cases'' day then.';

-- migrate:down
