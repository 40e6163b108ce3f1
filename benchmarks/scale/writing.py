"""Whether writes keep up: recording events with all indexes in place, beside bare inserts of the same rows."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from typing import Any

import asyncpg

from adapters.postgres.case_file import GroupedCaseFile
from benchmarks.life import REQUEST, life
from benchmarks.load import new_refs
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.templates import START
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot, WaitSnapshot, WriteBatch
from ports.entry_chain import canonical
from workflows.case_log import CaseLog
from workflows.record_codec import read_record

WRITERS, FEW_WRITERS = 32, 8
"""So many write at once, as a worker under load does; and so few that they do not keep the database busy."""
GOAL = 0.7

# The rows of a page, as plain as can be: no index but the keys, no chain, no condition.
_BARE_TABLES = """
create table bare_cases as select * from cases with no data;
create table bare_entries as select * from entries with no data;
create table bare_waits as select * from waits with no data;
create table bare_wait_history as select * from wait_history with no data;
create table bare_stage_history as select * from stage_history with no data;
create table bare_changes as select * from changes with no data;
alter table bare_cases add primary key (ref);
alter table bare_entries add primary key (ref, version);
alter table bare_waits add primary key (ref, key);
alter table bare_wait_history add primary key (ref, version, key);
alter table bare_stage_history add primary key (ref, version, kind)
"""

_NO_BARE_TABLES = "drop table bare_cases, bare_entries, bare_waits, bare_wait_history, bare_stage_history, bare_changes"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is written: rounds of so many cases, each with all pages of a life."""

    rounds: int = 7
    cases: int = 96


async def event_write(size: Size | None = None, amount: Amount | None = None) -> dict[str, Any]:
    """Pages a second through the case file at scale, beside the same rows into tables without indexes."""
    amount = amount or Amount()
    country = await NATIONAL_DATABASE.load(size)
    await country.pool.execute(_BARE_TABLES)
    try:
        result = await _compared(country.pool, amount, WRITERS)
        few = await _compared(country.pool, amount, FEW_WRITERS)
    finally:
        await country.pool.execute(_NO_BARE_TABLES)
    goal = {"goal_ratio": GOAL, "met": result["ratio"] >= GOAL}
    return {"name": "event_write", **result, **goal, "few_writers": few}


async def _compared(pool: asyncpg.Pool, amount: Amount, writers: int) -> dict[str, Any]:
    ours: list[float] = []
    floor: list[float] = []
    for _ in range(amount.rounds):
        for rates, write in ((ours, GroupedCaseFile(pool).write), (floor, _Bare(pool).write)):
            rates.append(await _rate(write, amount.cases, writers))
    rounds = [round(one / other, 2) for one, other in zip(ours, floor, strict=True)]
    return {
        "value": round(median(ours)),
        "unit": "pages/s",
        "floor": round(median(floor)),
        "ratio": median(rounds),
        "rounds": rounds,
        "writers": writers,
    }


async def _rate(write: Callable[[WriteBatch], Awaitable[None]], cases: int, writers: int) -> float:
    lives = [_pages(ref) for ref in new_refs(cases)]
    turn = asyncio.Semaphore(writers)

    async def live(pages: Sequence[WriteBatch]) -> None:
        async with turn:
            for page in pages:
                await write(page)

    began = time.perf_counter()
    await asyncio.gather(*(live(pages) for pages in lives))
    return sum(len(pages) for pages in lives) / (time.perf_counter() - began)


def _pages(ref: CaseRef) -> list[WriteBatch]:
    """The pages of a whole life, each of one entry, as a quiet day has them; notices are another table's matter."""
    log, now, pages = CaseLog(ref), START, []
    for number, message in enumerate((REQUEST, *life(START.date() + timedelta(days=90)))):
        log.apply(read_record(message.record(f"{ref}-{number}")), now)
        page = log.pending_batch()
        assert page is not None, "each message makes an entry"
        pages.append(replace(page, notifications=()))
        log.mark_written(page)
        now += timedelta(days=1)
    return pages


# One statement and one round trip, as a page is.
_BARE = """
with entered as (
    insert into bare_entries (ref, version, id, event, data, by, at, stage, step, reason, note, digest)
    select $1, version, id, event, data, by, at, stage, step, reason, note, sha256($3)
    from json_to_recordset($2::json) as entry (
        version bigint, id text, event text, data jsonb, by jsonb, at timestamptz, stage text, step text, reason text,
        note text
    )
),
awaited as (
    insert into bare_waits (ref, key, waiting_on, area, since, due_on, chases)
    select $1, key, waiting_on, area, since, due_on, chases
    from json_to_recordset($4::json) as wait (
        key text, waiting_on text, area text, since timestamptz, due_on date, chases integer
    )
    on conflict do nothing
),
passed as (
    insert into bare_wait_history (ref, version, key, waiting_on, area, since, due_on, chases, ended_at, ended_by)
    select $1, $5, key, waiting_on, area, since, due_on, chases, $9, ''
    from json_to_recordset($12::json) as wait (
        key text, waiting_on text, area text, since timestamptz, due_on date, chases integer
    )
),
left_behind as (
    insert into bare_stage_history (ref, version, kind, area, stage, step, since, until)
    select $1, $5, spell, $6, $7, $8, $9, $9 from unnest($13::text[]) as spell
),
changed as (
    insert into bare_changes (position, ref, version, area, event, stage, step, at)
    values (pg_current_xact_id()::text::bigint, $1, $5, $6, '', $7, $8, $9)
)
insert into bare_cases (ref, version, area, stage, step, received_at, assigned_to, state) values
($1, $5, $6, $7, $8, $9, $10, $11)
on conflict (ref) do update set version = excluded.version, stage = excluded.stage, step = excluded.step,
    state = excluded.state
"""


class _Bare:
    """Inserts the rows of a page in one statement, and nothing more; what has changed since the one before it knows."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._before: dict[str, CaseSnapshot] = {}

    async def write(self, page: WriteBatch) -> None:
        case, [entry] = page.case, page.entries
        assert case is not None, "a page of a life has its case"
        before = self._before.get(page.ref)
        self._before[page.ref] = case
        names = ("version", "id", "event", "data", "by", "stage", "step", "reason")
        fields = {name: getattr(entry, name) for name in names}
        await self._pool.execute(
            _BARE,
            page.ref,
            json.dumps([{**fields, "at": entry.at.isoformat(), "note": entry.note}]),
            canonical(page.ref, entry),
            json.dumps(_waits(case, case.waits)),
            case.version,
            case.area,
            case.stage,
            case.step,
            case.received_at,
            case.assigned_to,
            dict(case.state),
            json.dumps(_waits(case, _over(before, case))),
            _left(before, case),
        )


def _waits(case: CaseSnapshot, waits: Sequence[WaitSnapshot]) -> list[dict[str, Any]]:
    return [
        {
            "key": wait.key,
            "waiting_on": wait.waiting_on,
            "area": case.area,
            "since": wait.since.isoformat(),
            "due_on": wait.due_on.isoformat(),
            "chases": wait.chases,
        }
        for wait in waits
    ]


def _over(before: CaseSnapshot | None, case: CaseSnapshot) -> list[WaitSnapshot]:
    """The waits that are over."""
    standing = {wait.key for wait in case.waits}
    return [wait for wait in before.waits if wait.key not in standing] if before else []


def _left(before: CaseSnapshot | None, case: CaseSnapshot) -> list[str]:
    """Of what a spell is over: of a step, of a stage."""
    return [each for each in ("step", "stage") if before and getattr(before, each) != getattr(case, each)]
