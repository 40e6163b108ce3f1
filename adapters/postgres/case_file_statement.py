"""The statement that writes batches to the case file: all of a batch, or nothing if another writer was first."""

from functools import cache

# Each parameter is one part of the batches as JSON: the fields of the port's types, with the case's reference.
# `conflicts` has the cases of which nothing is written. `stored_cases` has a row for each batch that was not written
# before, and the read model follows from it. Each part reads the tables as they were before the statement, so
# `previous` and `waits` are the cases' former state. Rows that several writers may write are written in the order of
# references, against deadlocks.
_SNAPSHOT = """snapshot as (
    select *
    from json_to_recordset({cases}::json) as snapshot (
        ref text, version bigint, area text, stage text, step text, reason text, received_at timestamptz,
        on_hold boolean, assigned_to text, rules integer, policy text, initiated_by text, incident text,
        responsible_agency text, ended_on date, aftercare_ends_on date, victim_updated_on date, state jsonb,
        waits json, due_on date, overdue_since date, waiting_on text[], calendar text, held_form text
    )
),
active_waits as (
    select snapshot.ref, wait.*,
        wait.key like 'tell:%' and snapshot.state #>> '{{news,day}}' is not null as is_cancellation
    from snapshot, json_to_recordset(snapshot.waits) as wait (
        key text, waiting_on text, since timestamptz, due_on date, chase_on date, notice_on date, chases integer,
        overdue_since date
    )
),
"""

_WRITE = """
with recursive incoming as (
    select *
    from json_to_recordset($1::json) as entry (
        ref text, version bigint, id text, event text, data jsonb, by jsonb, at timestamptz, stage text, step text,
        reason text, note text, inbox bigint, rules jsonb, occurred_on date, canonical text
    )
),
{snapshot}last_entry as (
    select case_ref.ref, coalesce(last.version, 0) as version, coalesce(last.digest, '') as digest
    from (select distinct ref from incoming) as case_ref left join lateral (
        select version, digest from entries where entries.ref = case_ref.ref order by version desc limit 1
    ) as last on true
),
new_entries as (
    select incoming.* from incoming join last_entry using (ref) where incoming.version > last_entry.version
),
chain as (
    select ref, version, digest from last_entry
    union all
    select ref, new_entries.version, sha256(chain.digest || convert_to(new_entries.canonical, 'UTF8'))
    from chain join new_entries using (ref) where new_entries.version = chain.version + 1
),
conflicts as (
    select ref, incoming.version from incoming join entries using (ref, version) where entries.id <> incoming.id
    union all
    select ref, version from new_entries where (ref, version) not in (select ref, version from chain)
),
previous as (
    select ref, stage, step, step_since, stage_since, assigned_to, assigned_since
    from cases where ref in (select ref from snapshot)
),
transitions as (
    select ref, version, at, new_entries.stage, new_entries.step, previous.step_since, previous.stage_since,
        lag(new_entries.stage, 1, previous.stage::text) over by_case as previous_stage,
        lag(new_entries.step, 1, previous.step::text) over by_case as previous_step
    from new_entries left join previous using (ref)
    window by_case as (partition by ref order by version)
),
step_ends as (
    select ref, version, previous_stage, previous_step, at as until,
        lag(at, 1, step_since) over (partition by ref order by version) as since
    from transitions
    where step is distinct from previous_step
),
stage_ends as (
    select ref, version, previous_stage, at as until,
        lag(at, 1, stage_since) over (partition by ref order by version) as since
    from transitions
    where stage is distinct from previous_stage
),
last_event as (
    select distinct on (ref) ref, event, at from new_entries order by ref, version desc
),
stored_entries as (
    insert into entries (ref, version, id, event, data, by, at, stage, step, reason, note, inbox, rules,
        occurred_on, digest)
    select ref, version, id, event, data, by, at, stage, step, reason, note, nullif(inbox, 0), rules,
        occurred_on, digest
    from new_entries join chain using (ref, version)
    where ref not in (select ref from conflicts)
    order by ref, version
),
stored_cases as (
    insert into cases (
        ref, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy,
        initiated_by, incident, responsible_agency, ended_on, aftercare_ends_on, victim_updated_on, state,
        due_on, overdue_since, waiting_on, calendar, held_form, step_since, stage_since, assigned_since
    )
    select
        snapshot.ref, version, area, snapshot.stage, snapshot.step, reason, received_at, on_hold,
        snapshot.assigned_to, rules, policy, initiated_by, incident, responsible_agency, ended_on,
        aftercare_ends_on, victim_updated_on, state,
        due_on, overdue_since, waiting_on, calendar, held_form,
        coalesce(
            (select max(until) from step_ends where step_ends.ref = snapshot.ref), previous.step_since, received_at
        ),
        coalesce(
            (select max(until) from stage_ends where stage_ends.ref = snapshot.ref), previous.stage_since, received_at
        ),
        case
            when previous.assigned_to = snapshot.assigned_to then previous.assigned_since
            else coalesce(last_event.at, received_at)
        end
    from snapshot left join previous using (ref) left join last_event using (ref)
    where snapshot.ref not in (select ref from conflicts)
    order by snapshot.ref
    on conflict (ref) do update set
        version = excluded.version, area = excluded.area, stage = excluded.stage, step = excluded.step,
        reason = excluded.reason, received_at = excluded.received_at, on_hold = excluded.on_hold,
        assigned_to = excluded.assigned_to, rules = excluded.rules, policy = excluded.policy,
        initiated_by = excluded.initiated_by, incident = excluded.incident,
        responsible_agency = excluded.responsible_agency, ended_on = excluded.ended_on,
        aftercare_ends_on = excluded.aftercare_ends_on, victim_updated_on = excluded.victim_updated_on,
        state = excluded.state, written_at = excluded.written_at, due_on = excluded.due_on,
        overdue_since = excluded.overdue_since, waiting_on = excluded.waiting_on, calendar = excluded.calendar,
        held_form = excluded.held_form, step_since = excluded.step_since, stage_since = excluded.stage_since,
        assigned_since = excluded.assigned_since
    where cases.version < excluded.version
    returning ref, version, area, stage, step, is_overdue
),
stored_waits as (
    insert into waits (
        ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since, is_cancellation
    )
    select ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since, is_cancellation
    from stored_cases join active_waits using (ref)
    order by ref, key
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since,
        is_cancellation = excluded.is_cancellation
    where (waits.*) is distinct from (excluded.*)
),
ended_waits as (
    delete from waits using stored_cases
    where waits.ref = stored_cases.ref
        and not exists (select from active_waits where active_waits.ref = waits.ref and active_waits.key = waits.key)
),
stored_wait_history as (
    insert into wait_history (
        ref, version, key, waiting_on, area, since, due_on, chases, overdue_since, ended_at, ended_by
    )
    select ref, version, key, waits.waiting_on, waits.area, waits.since, waits.due_on, waits.chases,
        waits.overdue_since, last_event.at, last_event.event
    from stored_cases join last_event using (ref) join waits using (ref) left join active_waits using (ref, key)
    where active_waits.since is distinct from waits.since
),
stored_stage_history as (
    insert into stage_history (ref, version, kind, area, stage, step, since, until)
    select ref, step_ends.version, 'step', area, previous_stage, previous_step, since, until
    from step_ends join stored_cases using (ref) where previous_step is not null
    union all
    select ref, stage_ends.version, 'stage', area, previous_stage, null, since, until
    from stage_ends join stored_cases using (ref) where previous_stage is not null
),
stored_changes as (
    insert into changes (ref, version, area, event, stage, step, at)
    select ref, version, area, event, stage, step, at from stored_cases join last_event using (ref)
),
updated_asks as (
    update asks
    set case_overdue = failing.case_overdue, is_over = failing.is_over
    from (
        select asks.key, stored_cases.is_overdue as case_overdue, question is not null and not exists (
            select from active_waits
            where active_waits.ref = asks.ref
                and active_waits.key = split_part(split_part(asks.key, '.reminder-', 1), '.', 3)
        ) as is_over
        from asks join stored_cases using (ref)
        where failing_since is not null
    ) as failing
    where asks.key = failing.key
        and (asks.case_overdue, asks.is_over) is distinct from (failing.case_overdue, failing.is_over)
)
"""

# Left out of the statement where a batch has none: every part costs time, even without rows.
_STORE_REFUSALS = """
refused_records as (
    select *
    from json_to_recordset({refused}::json) as refusal (
        ref text, id text, event text, by jsonb, at timestamptz, code text, detail text, inbox bigint,
        waiting_on text, due_on date
    )
),
stored_refusals as (
    insert into refusals (ref, id, event, by, at, code, detail, inbox)
    select ref, id, event, by, at, code, detail, nullif(inbox, 0)
    from refused_records
    where ref not in (select ref from conflicts)
    on conflict (ref, id) do nothing
),
queued_rechecks as (
    insert into recheck_queue (ref)
    select distinct ref from refused_records where by ->> 'role' = 'timer' and ref not in (select ref from conflicts)
    on conflict (ref) do nothing
)
"""

_STORE_NOTIFICATIONS = """
new_notifications as (
    select *
    from json_to_recordset({notifications}::json) as notice (
        ref text, key text, recipient text, message text, stage text, step text, reason text, next_update_on date,
        variant text, day date, corrects text, about text, wording text[], at timestamptz, urgent boolean, account text
    )
),
stored_notifications as (
    insert into notifications (
        key, ref, recipient, message, stage, step, reason, next_update_on, variant, day, corrects, about, wording, at,
        urgent, account
    )
    select key, ref, recipient, message, stage, step, reason, next_update_on, variant, day, corrects, about, wording,
        at, coalesce(urgent, false), coalesce(account, '')
    from new_notifications
    where ref not in (select ref from conflicts)
    on conflict (key) do nothing
)
"""

_RESOLVE_MESSAGES = """
resolved_messages as (
    update inbox
    set outcome = resolution.outcome, reason = resolution.reason, detail = resolution.detail, resolved_at = now()
    from (
        select ref, inbox, 'applied', null, '' from incoming
{refused_messages}    ) as resolution (ref, id, outcome, reason, detail)
    where inbox.id = resolution.id and inbox.ref = resolution.ref and inbox.outcome is null
        and resolution.ref not in (select ref from conflicts)
)
"""

# Of messages with the same contents from the same sender one is enough, and none where such a one was applied.
_STORE_REFUSED_MESSAGES = """
stored_refused_messages as (
    insert into refused_messages (inbox, ref, event, code, detail, waiting_on, due_on)
    select distinct on (inbox.ref, inbox.source, inbox.digest)
        inbox.id, inbox.ref, refused_records.event, refused_records.code, refused_records.detail,
        refused_records.waiting_on, refused_records.due_on
    from refused_records join inbox on inbox.id = refused_records.inbox and inbox.ref = refused_records.ref
    where refused_records.due_on is not null and inbox.outcome is null
        and refused_records.ref not in (select ref from conflicts)
        and not exists (
            select from (select ref, inbox from incoming union all select ref, inbox from entries) as applied
            join inbox as same on same.id = applied.inbox
            where applied.ref = inbox.ref and same.source = inbox.source and same.digest = inbox.digest
        )
        and not exists (
            select from refused_messages as earlier join inbox as same on same.id = earlier.inbox
            where earlier.ref = inbox.ref and earlier.resolved_at is null
                and same.source = inbox.source and same.digest = inbox.digest
        )
    order by inbox.ref, inbox.source, inbox.digest, inbox.id
    on conflict (inbox) do nothing
)
"""

_REFUSED_MESSAGES = """
        union all
        select ref, inbox, 'refused', code, detail from refused_records
"""


# Only if the file has every entry up to the snapshot's version: missing entries cannot be reconstructed.
_REBUILD = """
rebuilt_case as (
    update cases set
        version = snapshot.version, area = snapshot.area, stage = snapshot.stage, step = snapshot.step,
        reason = snapshot.reason, received_at = snapshot.received_at, on_hold = snapshot.on_hold,
        assigned_to = snapshot.assigned_to, rules = snapshot.rules, policy = snapshot.policy,
        initiated_by = snapshot.initiated_by, incident = snapshot.incident,
        responsible_agency = snapshot.responsible_agency, ended_on = snapshot.ended_on,
        aftercare_ends_on = snapshot.aftercare_ends_on, victim_updated_on = snapshot.victim_updated_on,
        state = snapshot.state, due_on = snapshot.due_on, overdue_since = snapshot.overdue_since,
        waiting_on = snapshot.waiting_on, calendar = snapshot.calendar, held_form = snapshot.held_form,
        written_at = now()
    from snapshot
    where cases.ref = $1
        and snapshot.version = (select max(version) from entries where entries.ref = $1)
        and snapshot.version = (select count(*) from entries where entries.ref = $1)
    returning cases.ref, cases.area
),
ended_waits as (
    delete from waits using rebuilt_case where waits.ref = $1 and waits.key not in (select key from active_waits)
),
stored_waits as (
    insert into waits (
        ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since, is_cancellation
    )
    select ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since, is_cancellation
    from rebuilt_case join active_waits using (ref)
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since,
        is_cancellation = excluded.is_cancellation
),
stored_rebuild as (
    insert into rebuilds (ref, version, by, finding)
    select $1, snapshot.version, $3, $4 from rebuilt_case, snapshot
),
resolved_findings as (
    delete from findings using rebuilt_case where findings.ref = $1 and findings.kind = 'state_mismatch'
)
"""


# What a write derives from the former row is derived from the entries here.
RECOMPUTE_SINCE = """
with transitions as (
    select at, event, stage, step, lag(stage) over by_case as previous_stage, lag(step) over by_case as previous_step
    from entries where ref = $1 window by_case as (order by version)
)
update cases set
    step_since = coalesce((select max(at) from transitions where step is distinct from previous_step), received_at),
    stage_since = coalesce((select max(at) from transitions where stage is distinct from previous_stage), received_at),
    assigned_since = coalesce(
        (select max(at) from transitions where event = 'reassigned'), (select min(at) from transitions), received_at
    )
where ref = $1
"""


REBUILD = f"with {_SNAPSHOT.format(cases='$2')}{_REBUILD.strip()}\nselect exists (select from rebuilt_case)"
"""Rebuild a case's row and waits, and return whether it did: of a reference, the case, the author and the finding."""


@cache
def write_statement(*, refused: bool, notifications: bool, messages: bool) -> str:
    """The statement for batches with entries, and perhaps refusals, notifications and outcomes of inbox messages.

    Its values are the entries and the cases, then the refusals and the notifications, if any. It returns each case of
    which nothing was written, with the version of the first entry that does not follow.
    """
    parts = [_WRITE.replace("{snapshot}", _SNAPSHOT.format(cases="$2"))]
    if refused:
        parts.append(_STORE_REFUSALS.format(refused="$3"))
    if notifications:
        parts.append(_STORE_NOTIFICATIONS.format(notifications="$4" if refused else "$3"))
    if messages:
        parts.append(_RESOLVE_MESSAGES.format(refused_messages=_REFUSED_MESSAGES if refused else ""))
    if messages and refused:
        parts.append(_STORE_REFUSED_MESSAGES)
    return (
        ",".join(part.rstrip() for part in parts) + "\nselect ref, min(version) as version from conflicts group by ref"
    )
