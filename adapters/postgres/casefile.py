"""The case file in PostgreSQL: a page is one statement, hence one transaction and one round trip."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import asyncpg

from activities.chain import canonical
from activities.ports import Entry, Forked, Notice, Page
from adapters.postgres.text import UNSTORABLE, storable
from domain.explaining import wording

TRIES = 2
"""Whoever loses a race for a number finds the winner's entry there the second time."""

# $1 is the case's reference; each other parameter is one part of the page in JSON, its fields named as the port names
# them. Everything hangs on `fault`: where there is one, nothing is written and its number comes back.
_WRITE = """
with recursive incoming as (
    select *
    from json_to_recordset($2::json) as entry (
        seq bigint, id text, event text, data jsonb, by jsonb, at timestamptz, stage text, step text, reason text,
        note text, inbox bigint, covered text
    )
),
stated as (
    select *
    from json_to_recordset($3::json) as stated (
        version bigint, area text, stage text, step text, reason text, received_at timestamptz, on_hold boolean,
        assigned_to text, rules integer, policy text, initiated_by text, incident text, responsible_agency text,
        ended_on date, aftercare_ends_on date, victim_heard_on date, state jsonb, waits json
    )
),
awaited as (
    select wait.*
    from stated, json_to_recordset(stated.waits) as wait (
        key text, "on" text, since timestamptz, due_on date, chase_on date, notice_on date, chases integer,
        overdue_since date
    )
),
declined as (
    select *
    from json_to_recordset($4::json) as refusal (
        id text, event text, by jsonb, at timestamptz, code text, detail text, inbox bigint
    )
),
owed as (
    select *
    from json_to_recordset($5::json) as notice (
        key text, "to" text, message text, stage text, step text, reason text, hears_again_on date, about text,
        wording text[], at timestamptz
    )
),
head as (
    (select seq, digest from entries where ref = $1 order by seq desc limit 1)
    union all
    (select 0, ''::bytea where not exists (select from entries where ref = $1))
),
fresh as (
    select incoming.* from incoming, head where incoming.seq > head.seq
),
chain as (
    select seq, digest from head
    union all
    select fresh.seq, sha256(chain.digest || convert_to(fresh.covered, 'UTF8'))
    from chain join fresh on fresh.seq = chain.seq + 1
),
fault as (
    select incoming.seq from incoming join entries on entries.ref = $1 and entries.seq = incoming.seq
    where entries.id <> incoming.id
    union all
    select fresh.seq from fresh where fresh.seq not in (select seq from chain)
),
written as (
    insert into entries (ref, seq, id, event, data, by, at, stage, step, reason, note, inbox, digest)
    select $1, seq, id, event, data, by, at, stage, step, reason, note, nullif(inbox, 0), digest
    from fresh join chain using (seq)
    where not exists (select from fault)
    order by seq
),
stands as (
    insert into cases (
        ref, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy,
        initiated_by, incident, responsible_agency, ended_on, aftercare_ends_on, victim_heard_on, state
    )
    select
        $1, version, area, stage, step, reason, received_at, on_hold, assigned_to, rules, policy,
        initiated_by, incident, responsible_agency, ended_on, aftercare_ends_on, victim_heard_on, state
    from stated
    where not exists (select from fault)
    on conflict (ref) do update set
        version = excluded.version, area = excluded.area, stage = excluded.stage, step = excluded.step,
        reason = excluded.reason, received_at = excluded.received_at, on_hold = excluded.on_hold,
        assigned_to = excluded.assigned_to, rules = excluded.rules, policy = excluded.policy,
        initiated_by = excluded.initiated_by, incident = excluded.incident,
        responsible_agency = excluded.responsible_agency, ended_on = excluded.ended_on,
        aftercare_ends_on = excluded.aftercare_ends_on, victim_heard_on = excluded.victim_heard_on,
        state = excluded.state, written_at = excluded.written_at
    where cases.version < excluded.version
    returning ref, area
),
waiting as (
    insert into waits (ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since)
    select ref, area, key, "on", since, due_on, chase_on, notice_on, chases, overdue_since
    from stands, awaited
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since
    where (waits.*) is distinct from (excluded.*)
),
over as (
    delete from waits using stands where waits.ref = stands.ref and waits.key not in (select key from awaited)
),
refused as (
    insert into refusals (ref, id, event, by, at, code, detail, inbox)
    select $1, id, event, by, at, code, detail, nullif(inbox, 0)
    from declined
    where not exists (select from fault)
    on conflict (ref, id) do nothing
),
told as (
    insert into notices (key, ref, recipient, message, stage, step, reason, hears_again_on, about, wording, at)
    select key, $1, "to", message, stage, step, reason, hears_again_on, about, wording, at
    from owed
    where not exists (select from fault)
    on conflict (key) do nothing
),
settled as (
    update inbox
    set outcome = settling.outcome, reason = settling.reason, detail = settling.detail, settled_at = now()
    from (
        select inbox, 'applied', null, '' from incoming
        union all
        select inbox, 'refused', code, detail from declined
    ) as settling (id, outcome, reason, detail)
    where inbox.id = settling.id and inbox.ref = $1 and inbox.outcome is null
        and not exists (select from fault)
)
select min(seq) from fault
"""


NEVER_TAKEN: tuple[type[Exception], ...] = (
    *UNSTORABLE,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What trying again would not mend: a page that breaks a rule of the schema, or is too large for it."""


class PostgresCaseFile:
    """Implements `activities.ports.CaseFile`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def write(self, page: Page) -> None:
        """Write `page`; see the port."""
        try:
            await self._write_somehow(page)
        except NEVER_TAKEN as error:
            raise Forked(f"{page.ref}: {type(error).__name__}") from None

    async def _write_somehow(self, page: Page) -> None:
        try:
            await self._write(page)
        except UNSTORABLE:
            await self._write(storable(page))

    async def _write(self, page: Page) -> None:
        parts = _parts(page)
        for attempt in range(1, TRIES + 1):
            try:
                fault = await self._pool.fetchval(_WRITE, page.ref, *parts)
            except asyncpg.UniqueViolationError as error:
                if attempt == TRIES:
                    raise Forked(f"{page.ref}: {error.constraint_name}") from None
            else:
                if fault is not None:
                    raise Forked(f"{page.ref}: entry {fault} is another's, or leaves a gap before it")
                return


def _parts(page: Page) -> tuple[str, ...]:
    """The statement's parameters after the reference, in order."""
    return (
        _json([_entry(page, entry) for entry in page.entries]),
        _json([] if page.case is None else [page.case]),
        _json(page.refused),
        _json([_notice(notice) for notice in page.notices]),
    )


def _json(rows: object) -> str:
    return json.dumps(rows, default=_plain)


def _plain(value: object) -> object:
    """What JSON has no word for: a value of ours is an object of its fields."""
    match value:
        case date():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            raise TypeError(type(value).__name__)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _entry(page: Page, entry: Entry) -> dict[str, Any]:
    return {**_fields(entry), "covered": canonical(page.ref, entry).decode()}


def _notice(notice: Notice) -> dict[str, Any]:
    """The wording is made here, of the few values that the notice carries: nothing else can show in it."""
    return {**_fields(notice.tell), "wording": wording(notice.tell), "at": notice.at}
