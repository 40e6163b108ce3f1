"""The case file in PostgreSQL: a page is one statement, hence one transaction and one round trip."""

import json
from typing import Any

import asyncpg

from activities.chain import canonical
from activities.ports import Entry, Forked, Page, Refused, Wait
from adapters.postgres_text import UNSTORABLE, storable

TRIES = 2
"""Whoever loses a race for a number finds the winner's entry there the second time."""

# Everything hangs on `fault`: where there is one, nothing is written and its number comes back.
_WRITE = """
with recursive incoming as (
    select *
    from unnest(
        $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bytea[]
    ) as entry (seq, id, event, data, by, at, stage, step, reason, note, inbox, covered)
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
    select fresh.seq, sha256(chain.digest || fresh.covered) from chain join fresh on fresh.seq = chain.seq + 1
),
fault as (
    select incoming.seq from incoming join entries on entries.ref = $1 and entries.seq = incoming.seq
    where entries.id <> incoming.id
    union all
    select fresh.seq from fresh where fresh.seq not in (select seq from chain)
),
written as (
    insert into entries (ref, seq, id, event, data, by, at, stage, step, reason, note, inbox, digest)
    select $1, seq, id, event, data::jsonb, by::jsonb, at, stage, step, reason, note, nullif(inbox, 0), digest
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
        $1, $14::bigint, $15, $16, $17, $18, $19::timestamptz, $20::boolean, $21, $22::integer, $23,
        $24, $25, $26, $27::date, $28::date, $29::date, $30::text::jsonb
    where $14::bigint is not null and not exists (select from fault)
    on conflict (ref) do update set
        version = excluded.version, area = excluded.area, stage = excluded.stage, step = excluded.step,
        reason = excluded.reason, received_at = excluded.received_at, on_hold = excluded.on_hold,
        assigned_to = excluded.assigned_to, rules = excluded.rules, policy = excluded.policy,
        initiated_by = excluded.initiated_by, incident = excluded.incident,
        responsible_agency = excluded.responsible_agency, ended_on = excluded.ended_on,
        aftercare_ends_on = excluded.aftercare_ends_on, victim_heard_on = excluded.victim_heard_on,
        state = excluded.state, written_at = excluded.written_at
    where cases.version < excluded.version
    returning ref
),
awaited as (
    insert into waits (ref, area, key, waiting_on, since, due_on, chase_on, notice_on, chases, overdue_since)
    select stands.ref, $15, wait.*
    from stands, unnest(
        $31::text[], $32::text[], $33::timestamptz[], $34::date[], $35::date[], $36::date[], $37::integer[],
        $38::date[]
    ) as wait
    on conflict (ref, key) do update set
        area = excluded.area, waiting_on = excluded.waiting_on, since = excluded.since,
        due_on = excluded.due_on, chase_on = excluded.chase_on, notice_on = excluded.notice_on,
        chases = excluded.chases, overdue_since = excluded.overdue_since
    where (waits.*) is distinct from (excluded.*)
),
over as (
    delete from waits using stands where waits.ref = stands.ref and waits.key <> all ($31::text[])
),
refused as (
    insert into refusals (ref, id, event, by, at, code, detail, inbox)
    select $1, id, event, by::jsonb, at, code, detail, nullif(inbox, 0)
    from unnest(
        $39::text[], $40::text[], $41::text[], $42::timestamptz[], $43::text[], $44::text[], $45::bigint[]
    ) as refusal (id, event, by, at, code, detail, inbox)
    where not exists (select from fault)
    on conflict (ref, id) do nothing
),
settled as (
    update inbox
    set outcome = settling.outcome, reason = settling.reason, detail = settling.detail, settled_at = now()
    from (
        select inbox, 'applied', null, '' from incoming
        union all
        select id, 'refused', code, detail
        from unnest($45::bigint[], $43::text[], $44::text[]) as refusal (id, code, detail)
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
        values = _values(page)
        for attempt in range(1, TRIES + 1):
            try:
                fault = await self._pool.fetchval(_WRITE, *values)
            except asyncpg.UniqueViolationError as error:
                if attempt == TRIES:
                    raise Forked(f"{page.ref}: {error.constraint_name}") from None
            else:
                if fault is not None:
                    raise Forked(f"{page.ref}: entry {fault} is another's, or leaves a gap before it")
                return


def _values(page: Page) -> tuple[Any, ...]:
    return (
        page.ref,
        *_columns([_entry(page, entry) for entry in page.entries], 12),
        *_case(page),
        *_columns([_wait(wait) for wait in (page.case.waits if page.case else ())], 8),
        *_columns([_refused(refused) for refused in page.refused], 7),
    )


def _columns(rows: list[tuple[Any, ...]], count: int) -> list[tuple[Any, ...]]:
    """The rows turned on their side: PostgreSQL takes an array a column."""
    return list(zip(*rows, strict=True)) if rows else [()] * count


def _entry(page: Page, entry: Entry) -> tuple[Any, ...]:
    return (
        entry.seq,
        entry.id,
        entry.event,
        json.dumps(entry.data),
        json.dumps(entry.by),
        entry.at,
        entry.stage,
        entry.step,
        entry.reason,
        entry.note,
        entry.inbox,
        canonical(page.ref, entry),
    )


def _case(page: Page) -> tuple[Any, ...]:
    case = page.case
    if case is None:
        return (None,) * 17
    return (
        case.version,
        case.area,
        case.stage,
        case.step,
        case.reason,
        case.received_at,
        case.on_hold,
        case.assigned_to,
        case.rules,
        case.policy,
        case.initiated_by,
        case.incident,
        case.responsible_agency,
        case.ended_on,
        case.aftercare_ends_on,
        case.victim_heard_on,
        json.dumps(case.state),
    )


def _wait(wait: Wait) -> tuple[Any, ...]:
    return (
        wait.key,
        wait.on,
        wait.since,
        wait.due_on,
        wait.chase_on,
        wait.notice_on,
        wait.chases,
        wait.overdue_since,
    )


def _refused(refused: Refused) -> tuple[Any, ...]:
    return (
        refused.id,
        refused.event,
        json.dumps(refused.by),
        refused.at,
        refused.code,
        refused.detail,
        refused.inbox,
    )
