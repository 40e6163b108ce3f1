"""What is new to a caseworker: as much as their present cases have, however many they had before."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.seen import save_seen
from domain.vocabulary import CaseRef
from queries.news import MAX_COUNTED, News
from tests.adapters.batches import OTHER_REF, REF, create_batch

pytestmark = pytest.mark.postgres

LAST_DAY = date(2026, 9, 7)
ENDED = {"stage": "declined", "step": "closed", "ended_on": date(2026, 3, 9), "aftercare_ends_on": LAST_DAY}


async def write(pool: asyncpg.Pool, ref: CaseRef, versions: int, **changes: Any) -> None:
    await PostgresCaseFile(pool).write(
        create_batch(*range(1, versions + 1), ref=ref, **{"assigned_to": "cw-2", **changes})
    )


async def list_news(pool: asyncpg.Pool, today: date = LAST_DAY) -> list[tuple[str, int]]:
    found = await News(pool).list_cases("staff:cw-2", "cw-2", ["eastshire"], today, 10)
    return [(case.ref, case.entries) for case in found]


async def test_news_is_what_others_recorded_since_somebody_saw_the_case(pool: asyncpg.Pool) -> None:
    await write(pool, REF, 3)
    await write(pool, OTHER_REF, 1, assigned_to="cw-3")
    assert await list_news(pool) == [(REF, 3)]

    await save_seen(pool, "staff:cw-2", REF, 2)
    assert await list_news(pool) == [(REF, 1)]
    await save_seen(pool, "staff:cw-2", REF, 3)
    assert await list_news(pool) == []


async def test_what_the_service_and_the_clock_record_is_new_but_not_what_they_do_as_a_matter_of_course(
    pool: asyncpg.Pool,
) -> None:
    """4.4: a facilitator who is no longer active cancels a meeting day, and nobody signed in recorded that."""
    batch = create_batch(1, 2, 3, assigned_to="cw-2")
    changed = replace(batch.entries[1], event="facilitator_changed", by={"role": "service"})
    updated = replace(batch.entries[2], event="victim_updated", by={"role": "timer"})
    entries = (batch.entries[0], changed, updated)
    await PostgresCaseFile(pool).write(replace(batch, entries=entries))

    assert await list_news(pool) == [(REF, 2)]
    new = await News(pool).list_entries("staff:cw-2", "cw-2", REF, 10)
    assert [entry.event for entry in new] == ["facilitator_changed", batch.entries[0].event]


async def test_an_ended_case_has_news_until_its_aftercare_ends(pool: asyncpg.Pool) -> None:
    await write(pool, REF, 2, waits=(), **ENDED)

    assert await list_news(pool) == [(REF, 2)]
    assert await list_news(pool, LAST_DAY + timedelta(days=1)) == []


async def test_of_a_long_case_so_many_new_entries_are_counted(pool: asyncpg.Pool) -> None:
    await write(pool, REF, MAX_COUNTED + 5)

    assert await list_news(pool) == [(REF, MAX_COUNTED)]
