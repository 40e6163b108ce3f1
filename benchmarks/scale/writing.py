"""Whether writes keep up: recording events with all indexes in place, against bare inserts of the same rows."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg

from adapters.postgres.case_file import GroupedCaseFile
from benchmarks.harness import Round, Side, compare, run_concurrently, run_pairs
from benchmarks.life import REQUEST, life
from benchmarks.load import new_refs
from benchmarks.scale.bare_writer import BARE_TABLES, DROP_BARE_TABLES, BareWriter
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.templates import START
from domain.vocabulary import CaseRef
from ports.case_file import WriteBatch
from workflows.case_log import CaseLog
from workflows.record_codec import read_record

WRITERS, FEW_WRITERS = 32, 8
"""How many write at once: as a worker under load does, and too few to keep the database busy."""
GOAL_RATIO = 0.7

Write = Callable[[WriteBatch], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is written: rounds of cases, each with all batches of a life."""

    rounds: int = 7
    cases: int = 96


async def event_write(size: Size | None = None, amount: Amount | None = None) -> dict[str, Any]:
    """Batches a second through the case file at scale, against the same rows into tables without indexes."""
    amount, pool = amount or Amount(), (await NATIONAL_DATABASE.load(size)).pool
    await pool.execute(BARE_TABLES)
    try:
        result = await _compare(pool, amount, WRITERS)
        few = await _compare(pool, amount, FEW_WRITERS)
    finally:
        await pool.execute(DROP_BARE_TABLES)
    goal = {"goal_ratio": GOAL_RATIO, "met": result["ratio"] >= GOAL_RATIO}
    return {"name": "event_write", **result, **goal, "few_writers": few}


async def _compare(pool: asyncpg.Pool, amount: Amount, writers: int) -> dict[str, Any]:
    async def ours() -> Round:
        return await _write_lives(GroupedCaseFile(pool).write, amount.cases, writers)

    async def floor() -> Round:
        return await _write_lives(BareWriter(pool).write, amount.cases, writers)

    sides = Side(ours), Side(floor)
    await run_pairs("event_write", *sides, amount.rounds)
    return compare(*sides, writers=writers)


async def _write_lives(write: Write, cases: int, writers: int) -> Round:
    """Write all batches of new cases, `writers` cases at a time, each batch after the one before."""
    latencies: list[float] = []

    async def write_life(batches: Sequence[WriteBatch]) -> None:
        for batch in batches:
            began = time.perf_counter()
            await write(batch)
            latencies.append(time.perf_counter() - began)

    lives = [_batches(ref) for ref in new_refs(cases)]
    whole = await run_concurrently((partial(write_life, batches) for batches in lives), writers)
    return Round(tuple(latencies), whole.seconds)


def _batches(ref: CaseRef) -> list[WriteBatch]:
    """The batches of a whole life, each of one entry, as on a quiet day; notifications are another table's matter."""
    log, now, batches = CaseLog(ref), START, []
    for number, message in enumerate((REQUEST, *life(START.date() + timedelta(days=60)))):
        log.apply(read_record(message.record(f"{ref}-{number}")), now)
        batch = log.pending_batch()
        assert batch is not None, "each message makes an entry"
        batches.append(replace(batch, notifications=()))
        log.mark_written(batch)
        now += timedelta(days=1)
    return batches
