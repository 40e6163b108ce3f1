"""The statement that writes pages of the case file: all of a page, or nothing where somebody else wrote first."""

from functools import cache

# Each parameter is one part of the pages in JSON, its fields named as the port names them, with the case's reference.
# All of a case hangs on `fault`: where there is one, nothing of its page is written, and its number comes back. What
# supervision is drawn from hangs on `stands`, which has no row where the page is there already. Every part sees the
# tables as they were before: `was` and `waits` are how the cases stood until now. Rows that several may
# want to write at once are written in the order of their references, against deadlocks.
_STATED = """stated as (
    select *
    from json_to_recordset({cases}::json) as stated (
        ref text, version bigint, area text, stage text, step text, reason text, received_at timestamptz,
        on_hold boolean, assigned_to text, rules integer, policy text, initiated_by text, incident text,
        responsible_agency text, ended_on date, aftercare_ends_on date, victim_updated_on date, state jsonb,
        waits json, due_on date, overdue_since date, waiting_on text[], calendar text, held_form text
    )
),
awaited as (
    select stated.ref, wait.*
    from stated, json_to_recordset(stated.waits) as wait (
        key text, waiting_on text, since timestamptz, due_on date, chase_on date, notice_on date, chases integer,
        overdue_since date
    )
),
"""

_PAGES = """
with recursive incoming as (
    select *
    from json_to_recordset($1::json) as entry (
        ref text, version bigint, id text, event text, data jsonb, by jsonb, at timestamptz, stage text, step text,
        reason text, note text, inbox bigint, covered text
    )
),
{stated}head as (
    select one.ref, coalesce(last.version, 0) as version, coalesce(last.digest, '') as digest
    from (select distinct ref from incoming) as one left join lateral (
        select version, digest from entries where entries.ref = one.ref order by version desc limit 1
    ) as last on true
),
fresh as (
    select incoming.* from incoming join head using (ref) where incoming.version > head.version
),
chain as (
    select ref, version, digest from head
    union all
    select ref, fresh.version, sha256(chain.digest || convert_to(fresh.covered, 'UTF8'))
    from chain join fresh using (ref) where fresh.version = chain.version + 1
),
fault as (
    select ref, incoming.version from incoming join entries using (ref, version) where entries.id <> incoming.id
    union all
    select ref, version from fresh where (ref, version) not in (select ref, version from chain)
),
was as (
    select ref, stage, step, step_since, stage_since, assigned_to, assigned_since
    from cases where ref in (select ref from stated)
),
walked as (
    select ref, version, at, fresh.stage, fresh.step, was.step_since, was.stage_since,
        lag(fresh.stage, 1, was.stage::text) over each as left_stage,
        lag(fresh.step, 1, was.step::text) over each as left_step
    from fresh left join was using (ref)
    window each as (partition by ref order by version)
),
left_steps as (
    select ref, version, left_stage, left_step, at as until,
        lag(at, 1, step_since) over (partition by ref order by version) as since
    from walked
    where step is distinct from left_step
),
left_stages as (
    select ref, version, left_stage, at as until,
        lag(at, 1, stage_since) over (partition by ref order by version) as since
    from walked
    where stage is distinct from left_stage
),
latest as (
    select distinct on (ref) ref, event, at from fresh order by ref, version desc
),
written as (
    insert into entries (ref, version, id, event, data, by, at, stage, step, reason, note, inbox, digest)
    select ref, version, id, event, data, by, at, stage, step, reason, note, nullif(inbox, 0), digest
    from fresh join chain using (ref, version)
    where ref not in (select ref from fault)
    order by ref, version
),
stands as (
    insert into cases (
        ref, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy,
        initiated_by, incident, responsible_agency, ended_on, aftercare_ends_on, victim_updated_on, state,
        due_on, overdue_since, waiting_on, calendar, held_form, step_since, stage_since, assigned_since
    )
    select
        stated.ref, version, area, stated.stage, stated.step, reason, received_at, on_hold, stated.assigned_to, rules,
        policy, initiated_by, incident, responsible_agency, ended_on, aftercare_ends_on, victim_updated_on, state,
        due_on, overdue_since, waiting_on, calendar, held_form,
        coalesce((select max(until) from left_steps where left_steps.ref = stated.ref), was.step_since, received_at),
        coalesce((select max(until) from left_stages where left_stages.ref = stated.ref), was.stage_since, received_at),
        case
            when was.assigned_to = stated.assigned_to then was.assigned_since
            else coalesce(latest.at, received_at)
        end
    from stated left join was using (ref) left join latest using (ref)
    where stated.ref not in (select ref from fault)
    order by stated.ref
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
waiting as (
    insert into waits (ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since)
    select ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since
    from stands join awaited using (ref)
    order by ref, key
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since
    where (waits.*) is distinct from (excluded.*)
),
over as (
    delete from waits using stands
    where waits.ref = stands.ref
        and not exists (select from awaited where awaited.ref = waits.ref and awaited.key = waits.key)
),
past as (
    insert into wait_history (
        ref, version, key, waiting_on, area, since, due_on, chases, overdue_since, ended_at, ended_by
    )
    select ref, version, key, waits.waiting_on, waits.area, waits.since, waits.due_on, waits.chases,
        waits.overdue_since, latest.at, latest.event
    from stands join latest using (ref) join waits using (ref) left join awaited using (ref, key)
    where awaited.since is distinct from waits.since
),
history as (
    insert into stage_history (ref, version, kind, area, stage, step, since, until)
    select ref, left_steps.version, 'step', area, left_stage, left_step, since, until
    from left_steps join stands using (ref) where left_step is not null
    union all
    select ref, left_stages.version, 'stage', area, left_stage, null, since, until
    from left_stages join stands using (ref) where left_stage is not null
),
changed as (
    insert into changes (ref, version, area, event, stage, step, at)
    select ref, version, area, event, stage, step, at from stands join latest using (ref)
),
asked as (
    update asks
    set case_overdue = failing.case_overdue, is_over = failing.is_over
    from (
        select asks.key, stands.is_overdue as case_overdue, kind <> 'ask_cancelled' and not exists (
            select from awaited
            where awaited.ref = asks.ref
                and awaited.key = split_part(split_part(asks.key, '.reminder-', 1), '.', 3)
        ) as is_over
        from asks join stands using (ref)
        where failing_since is not null
    ) as failing
    where asks.key = failing.key
        and (asks.case_overdue, asks.is_over) is distinct from (failing.case_overdue, failing.is_over)
)
"""

# What most pages have none of is no part of their statement: to begin each part costs, also where there is nothing.
_REFUSED = """
declined as (
    select *
    from json_to_recordset({refused}::json) as refusal (
        ref text, id text, event text, by jsonb, at timestamptz, code text, detail text, inbox bigint
    )
),
refused as (
    insert into refusals (ref, id, event, by, at, code, detail, inbox)
    select ref, id, event, by, at, code, detail, nullif(inbox, 0)
    from declined
    where ref not in (select ref from fault)
    on conflict (ref, id) do nothing
)
"""

_TOLD = """
owed as (
    select *
    from json_to_recordset({notices}::json) as notice (
        ref text, key text, recipient text, message text, stage text, step text, reason text, next_update_on date,
        about text, wording text[], at timestamptz
    )
),
told as (
    insert into notifications (key, ref, recipient, message, stage, step, reason, next_update_on, about, wording, at)
    select key, ref, recipient, message, stage, step, reason, next_update_on, about, wording, at
    from owed
    where ref not in (select ref from fault)
    on conflict (key) do nothing
)
"""

_RESOLVE_MESSAGES = """
resolved as (
    update inbox
    set outcome = resolution.outcome, reason = resolution.reason, detail = resolution.detail, resolved_at = now()
    from (
        select ref, inbox, 'applied', null, '' from incoming
{of_refused}    ) as resolution (ref, id, outcome, reason, detail)
    where inbox.id = resolution.id and inbox.ref = resolution.ref and inbox.outcome is null
        and resolution.ref not in (select ref from fault)
)
"""

_OF_REFUSED = """
        union all
        select ref, inbox, 'refused', code, detail from declined
"""


# Only where the file has every entry up to the version that is stated: what is missing cannot be made up.
_REBUILD = """
rebuilt as (
    update cases set
        version = stated.version, area = stated.area, stage = stated.stage, step = stated.step,
        reason = stated.reason, received_at = stated.received_at, on_hold = stated.on_hold,
        assigned_to = stated.assigned_to, rules = stated.rules, policy = stated.policy,
        initiated_by = stated.initiated_by, incident = stated.incident,
        responsible_agency = stated.responsible_agency, ended_on = stated.ended_on,
        aftercare_ends_on = stated.aftercare_ends_on, victim_updated_on = stated.victim_updated_on,
        state = stated.state, due_on = stated.due_on, overdue_since = stated.overdue_since,
        waiting_on = stated.waiting_on, calendar = stated.calendar, held_form = stated.held_form, written_at = now()
    from stated
    where cases.ref = $1
        and stated.version = (select max(version) from entries where entries.ref = $1)
        and stated.version = (select count(*) from entries where entries.ref = $1)
    returning cases.ref, cases.area
),
over as (
    delete from waits using rebuilt where waits.ref = $1 and waits.key not in (select key from awaited)
),
waiting as (
    insert into waits (ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since)
    select ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since
    from rebuilt join awaited using (ref)
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since
),
kept as (
    insert into rebuilds (ref, version, by, finding)
    select $1, stated.version, $3, $4 from rebuilt, stated
),
mended as (
    delete from findings using rebuilt where findings.ref = $1 and findings.kind = 'state_mismatch'
)
"""


# What a page works out from the row before it is worked out from the entries.
SINCE_ANEW = """
with walked as (
    select at, event, stage, step, lag(stage) over each as left_stage, lag(step) over each as left_step
    from entries where ref = $1 window each as (order by version)
)
update cases set
    step_since = coalesce((select max(at) from walked where step is distinct from left_step), received_at),
    stage_since = coalesce((select max(at) from walked where stage is distinct from left_stage), received_at),
    assigned_since = coalesce(
        (select max(at) from walked where event = 'reassigned'), (select min(at) from walked), received_at
    )
where ref = $1
"""


@cache
def rebuild_statement() -> str:
    """The statement that writes a case's row and its waits anew, and gives whether it did.

    Its values are the reference, the case, who does it, and what was found.
    """
    parts = (_STATED.format(cases="$2"), _REBUILD)
    return "with " + "".join(parts).rstrip() + "\nselect exists (select from rebuilt)\n"


@cache
def pages_statement(*, refused: bool, notices: bool, messages: bool) -> str:
    """The statement for pages with entries, and perhaps with refusals, notices, and messages that they settle.

    Its values are the entries and the cases; then the refusals and the notices, where there are any. It gives each case
    whose page was not written, with the number of the entry that does not follow.
    """
    parts = [_PAGES.replace("{stated}", _STATED.format(cases="$2"))]
    if refused:
        parts.append(_REFUSED.format(refused="$3"))
    if notices:
        parts.append(_TOLD.format(notices="$4" if refused else "$3"))
    if messages:
        parts.append(_RESOLVE_MESSAGES.format(of_refused=_OF_REFUSED if refused else ""))
    return ",".join(part.rstrip() for part in parts) + "\nselect ref, min(version) as version from fault group by ref\n"
