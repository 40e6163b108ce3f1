"""How many events a second the process takes on one core: what `advance` costs, without effects and without I/O."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from benchmarks.harness import Round, Side, compare, run_pairs
from benchmarks.life import REQUEST, life
from benchmarks.scale.templates import START
from domain.case import Case
from domain.events import MeetingHeld, Record
from domain.intake import open_case
from domain.process import advance
from domain.vocabulary import CaseRef
from workflows.record_codec import read_record

GOAL_RATE = 20_000
PAIRS, LIVES = 9, 500
DAYS_TO_MEETING = timedelta(days=3)
"""From the start of a life to its meeting, which is not recorded before its day."""

Advance = Callable[[Case, Record, datetime], Case]


async def advance_rate(pairs: int = PAIRS, lives: int = LIVES) -> dict[str, Any]:
    """Events a second of whole lives, against the least that an entry costs: one copy of the case."""
    records = [read_record(message.record(str(number))) for number, message in enumerate(life(START.date()))]

    async def ours() -> Round:
        return _measure(records, lives, advance)

    async def floor() -> Round:
        return _measure(records, lives, _copy)

    sides = Side(ours), Side(floor)
    await run_pairs("advance", *sides, pairs)
    result = compare(*sides, lives=lives)
    return {"name": "advance", **result, "goal_rate": GOAL_RATE, "met": result["rate"] >= GOAL_RATE}


def _measure(records: Sequence[Record], lives: int, step: Advance) -> Round:
    opened = open_case(CaseRef("RJ-7Q2K-9F3M"), read_record(REQUEST.record("opening")), START)
    latencies = []
    # Of the processor alone: nothing is waited for, and what else the machine does is no subject.
    start = time.process_time()
    for _ in range(lives):
        case, now = opened, START
        for record in records:
            if isinstance(record.event, MeetingHeld):
                now += DAYS_TO_MEETING
            began = time.perf_counter()
            case = step(case, record, now)
            latencies.append(time.perf_counter() - began)
    return Round(tuple(latencies), time.process_time() - start)


def _copy(case: Case, record: Record, now: datetime) -> Case:
    return dataclasses.replace(case, version=case.version + 1, told=record.id, received_at=now)
