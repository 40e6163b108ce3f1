"""Lives from which a national case file is copied: real cases, taken through the process and written batch by batch."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from adapters.postgres.case_file import PostgresCaseFile
from benchmarks.life import REQUEST, life
from domain.due_events import due_now, next_due
from domain.events import Actor, Record
from domain.references import new_ref
from domain.vocabulary import CaseRef, Role
from workflows.case_log import CaseLog
from workflows.record_codec import read_record

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
BETWEEN = timedelta(days=9)
"""How long a case of a template waits for each message."""
SILENCES = {timedelta(): 10, timedelta(days=25): 1, timedelta(days=70): 1}
"""How long nothing has happened at its end, and how many such there are: nothing is overdue, something is, or has
been for long."""
BEGUN, ENDED = (40, 24, 12, 6, 6, 6), (36, 20, 16, 8)
"""How many are open or have ended after each number of messages: most are near their beginning, and most end there."""
LATER_OPEN, LATER_ENDED, WHOLE = 2, 1, 3
WITHDRAWN = {"event": "withdrawn", "data": {"whose": "victim"}, "by": {"role": "caseworker", "id": "bench"}}


@dataclass(frozen=True, slots=True)
class Template:
    """A life that was written: its reference, when its last entry was, whether it is open, and how many like it.

    `weight` is how many copies there are of it, relative to the others that are open or ended like it.
    """

    ref: CaseRef
    ends_at: datetime
    is_open: bool
    weight: int


async def write_templates(pool: asyncpg.Pool) -> tuple[Template, ...]:
    """Write the templates into the case file, and say what they are."""
    file, chance = PostgresCaseFile(pool), random.Random(7)
    written = []
    for messages, silence, weight in _lives():
        ref = new_ref(chance)
        log, now = await _write_life(file, ref, messages, silence)
        assert log.case is not None, "a template is a case"
        written.append(Template(ref, now, not log.case.is_closed, weight))
    return tuple(written)


def _lives() -> Iterator[tuple[list[dict[str, Any]], timedelta, int]]:
    """Each life up to each of its messages, the silence after it, and how many such there are."""
    whole = [message.record(f"bench-{place}") for place, message in enumerate(life(START.date() + timedelta(days=60)))]
    for length in range(len(whole)):
        for silence, share in SILENCES.items():
            yield whole[:length], silence, share * _at(BEGUN, length, LATER_OPEN)
        yield [*whole[:length], {"id": "bench-end", **WITHDRAWN}], timedelta(), _at(ENDED, length, LATER_ENDED)
    yield whole, timedelta(), WHOLE


def _at(weights: Sequence[int], length: int, later: int) -> int:
    return weights[length] if length < len(weights) else later


async def _write_life(
    file: PostgresCaseFile, ref: CaseRef, messages: list[dict[str, Any]], silence: timedelta
) -> tuple[CaseLog, datetime]:
    log, now = CaseLog(ref), START
    log.apply(read_record(REQUEST.record("bench-request")), now)
    await _write(file, log)
    for raw in messages:
        await _write_due_events(file, log, now + BETWEEN)
        now += BETWEEN
        log.apply(read_record(raw), now)
        await _write(file, log)
    await _write_due_events(file, log, now + silence)
    return log, now + silence


async def _write_due_events(file: PostgresCaseFile, log: CaseLog, until: datetime) -> None:
    """Record all that the clock owes until then, each at its moment."""
    while log.case is not None and (due := next_due(log.case)) is not None and due[0] <= until:
        event = due_now(log.case, due[0])
        assert event is not None, "what is due is due"
        log.apply(Record(f"timer:{log.case.version}", event, Actor(Role.TIMER)), due[0])
        await _write(file, log)


async def _write(file: PostgresCaseFile, log: CaseLog) -> None:
    batch = log.pending_batch()
    if batch is not None:
        await file.write(batch)
        log.mark_written(batch)
