"""What a batch writes for supervision: what lists sort by, the waits and steps that are over, and what changed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, WaitKind
from ports.agencies import Attempt, AttemptOutcome
from ports.case_file import WaitSnapshot, WriteBatch
from tests.adapters.batches import REF, SCREENING, START, case, create_batch, entry

pytestmark = pytest.mark.postgres

TRACE = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 16))
LATE = replace(TRACE, overdue_since=date(2026, 3, 17))
ASK = Ask(f"{REF}.3.trace:vlo", REF, "eastshire", AgencyRef("vlo"), WaitKind.TRACE, TRACE.due_on)
DAY = timedelta(days=1)


@pytest.fixture
def file(pool: asyncpg.Pool) -> PostgresCaseFile:
    return PostgresCaseFile(pool)


async def _row(pool: asyncpg.Pool, *columns: str) -> tuple[Any, ...]:
    row = await pool.fetchrow(f"select {', '.join(columns)} from cases")  # noqa: S608 - named by the test
    assert row is not None
    return tuple(row)


async def _spells(pool: asyncpg.Pool, of: str) -> list[tuple[Any, ...]]:
    rows = await pool.fetch(
        "select stage, step, since, until, version from stage_history where kind = $1 order by version", of
    )
    return [tuple(row) for row in rows]


async def test_a_case_shows_its_earliest_wait_and_who_it_waits_on(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1, waits=(LATE, SCREENING)))
    columns = ("due_on", "overdue_since", "is_overdue", "waiting_on")
    assert await _row(pool, *columns) == (SCREENING.due_on, LATE.overdue_since, True, ["caseworker", "vlo"])

    await file.write(create_batch(2, waits=()))
    assert await _row(pool, *columns) == (None, None, False, [])


async def test_without_an_update_the_victim_has_waited_since_the_request(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    await file.write(create_batch(1, victim_updated_on=None))
    assert await _row(pool, "silent_since") == (START.date(),)

    await file.write(create_batch(2, victim_updated_on=date(2026, 3, 9)))
    assert await _row(pool, "silent_since") == (date(2026, 3, 9),)


async def test_the_form_of_a_meeting_is_shown_once_it_was_held(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    state = {"form": "video", "rules": {"calendar": {"name": "a-calendar"}}, "progress": {"contacts": []}}
    await file.write(create_batch(1, state=state))
    assert await _row(pool, "held_form", "calendar") == (None, "a-calendar")

    await file.write(
        create_batch(2, state={**state, "progress": {"contacts": [{"form": "phone"}, {"form": "letter"}]}})
    )
    assert await _row(pool, "held_form") == ("letter",)


async def test_a_step_counts_from_the_entry_that_led_to_it(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(create_batch(2))
    assert await _row(pool, "step_since", "stage_since") == (START + DAY, START + DAY)

    tracing = WriteBatch(REF, (entry(3, step="tracing"), entry(4, step="tracing")), case=case(4, step="tracing"))
    await file.write(tracing)
    assert await _row(pool, "step_since", "stage_since") == (START + 3 * DAY, START + DAY)


async def test_each_step_and_stage_that_was_left_is_in_the_history(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(create_batch(2))
    await file.write(
        WriteBatch(
            REF,
            (entry(3, step="tracing"), entry(4, stage="offender_traced", step="agency_check")),
            case=case(4, stage="offender_traced", step="agency_check"),
        )
    )

    assert await _spells(pool, "step") == [
        ("requested", "screening", START + DAY, START + 3 * DAY, 3),
        ("requested", "tracing", START + 3 * DAY, START + 4 * DAY, 4),
    ]
    assert await _spells(pool, "stage") == [("requested", None, START + DAY, START + 4 * DAY, 4)]


async def test_an_assignment_counts_from_its_entry(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(create_batch(2, assigned_to="cw-1"))
    await file.write(create_batch(3, assigned_to="cw-1"))
    assert await _row(pool, "assigned_since") == (START + 2 * DAY,)


async def test_an_ended_wait_is_in_the_history_with_the_event_that_ended_it(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    await file.write(create_batch(1, waits=(replace(LATE, chases=2), SCREENING)))
    answered = entry(2, event="trace_answered")
    await file.write(WriteBatch(REF, (answered,), case=case(2, waits=(SCREENING,))))

    (row,) = await pool.fetch("select * from wait_history")
    assert (row["key"], row["waiting_on"], row["chases"], row["version"]) == (TRACE.key, "vlo", 2, 2)
    assert (row["since"], row["ended_at"], row["ended_by"]) == (START, answered.at, "trace_answered")
    assert (row["due_on"], row["overdue_since"]) == (LATE.due_on, LATE.overdue_since)


async def test_a_restarted_wait_leaves_the_previous_one_in_the_history(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    await file.write(create_batch(1, waits=(TRACE,)))
    await file.write(create_batch(2, waits=(replace(TRACE, chases=1),)))
    assert await pool.fetchval("select count(*) from wait_history") == 0

    await file.write(create_batch(3, waits=(replace(TRACE, since=START + DAY),)))
    assert await pool.fetchval("select since from wait_history") == START


async def test_each_batch_is_one_change_in_the_order_of_writing(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1, 2))
    await file.write(create_batch(3, step="tracing"))
    await file.write(create_batch(3, step="tracing"))

    rows = await pool.fetch("select ref, version, area, event, step, at from changes order by position")
    assert [tuple(row) for row in rows] == [
        (REF, 2, "eastshire", "progress_recorded", "screening", START + 2 * DAY),
        (REF, 3, "eastshire", "progress_recorded", "tracing", START + 3 * DAY),
    ]


async def test_a_failing_ask_is_over_with_its_wait_and_not_once_that_is_back(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    cancellation = CancelAsk(f"{ASK.key}.cancel", REF, "eastshire", ASK.agency, ASK.key)
    for effect in (ASK, cancellation):
        await PostgresAsks(pool).record_attempt(effect, Attempt(AttemptOutcome.FAILED, "status 503"))

    for version, waits, expected in (
        (1, (TRACE,), (False, False)),
        (2, (), (False, True)),
        (3, (LATE,), (True, False)),
    ):
        await file.write(create_batch(version, waits=waits))
        rows = await pool.fetch("select case_overdue, is_over from asks order by cancels nulls first")
        assert [tuple(row) for row in rows] == [expected, (expected[0], False)]


async def test_a_repeated_write_changes_nothing_in_the_read_model(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    tables = ("cases", "wait_history", "stage_history", "changes")
    await file.write(create_batch(1, waits=(TRACE,)))
    second = WriteBatch(REF, (entry(2, step="tracing"),), case=case(2, step="tracing"))
    await file.write(second)

    before = [await pool.fetch(f"select ctid, xmin, * from {table}") for table in tables]  # noqa: S608 - named here
    await file.write(second)
    await file.write(create_batch(1, waits=(TRACE,)))
    assert [await pool.fetch(f"select ctid, xmin, * from {table}") for table in tables] == before  # noqa: S608
