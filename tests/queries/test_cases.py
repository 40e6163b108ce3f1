"""The lists that people see: drawn from what the case file was given."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from domain.vocabulary import CaseRef
from ports.case_file import WaitSnapshot, WriteBatch
from queries.case_history import CaseHistory
from queries.cases import CaseFilters, CaseQueries, Sort, list_statement
from tests.adapters.batches import OTHER_REF, REF, SCREENING, START, case, create_batch, create_refusal, entry

pytestmark = pytest.mark.postgres

THIRD_REF = CaseRef("RJ-9MNP-3QRS")
CHECK = WaitSnapshot("agency_check:prison:eastmoor", "prison:eastmoor", START, date(2026, 3, 30))
OVERDUE = replace(CHECK, key="agency_check:probation", waiting_on="probation", overdue_since=date(2026, 3, 31))


async def _write(pool: asyncpg.Pool, ref: CaseRef, days_later: int, **changes: Any) -> None:
    received = START + timedelta(days=days_later)
    await PostgresCaseFile(pool).write(create_batch(1, ref=ref, received_at=received, **changes))


@pytest.fixture
async def three(pool: asyncpg.Pool) -> None:
    """A case at its start, one overdue at two checkers, and one that has ended; the first was received last."""
    await _write(pool, REF, 2, assigned_to="cw-1")
    await _write(
        pool, OTHER_REF, 1, area="westhaven", stage="offender_traced", step="agency_check", waits=(CHECK, OVERDUE)
    )
    await _write(
        pool,
        THIRD_REF,
        0,
        stage="declined",
        step="closed",
        reason="victim_withdrew",
        ended_on=date(2026, 4, 1),
        waits=(),
    )


async def _refs(pool: asyncpg.Pool, **filters: Any) -> list[CaseRef]:
    return [line.ref for line in await CaseQueries(pool).list_cases(CaseFilters(**filters), 10)]


async def test_a_case_is_read_as_it_was_written(pool: asyncpg.Pool) -> None:
    written = case(1, waits=(SCREENING, CHECK), responsible_agency="prison:eastmoor", state={"version": 1, "more": [1]})
    await PostgresCaseFile(pool).write(WriteBatch(REF, (entry(1),), case=written))

    assert await CaseQueries(pool).get_case(REF) == written
    assert await CaseQueries(pool).get_case(OTHER_REF) is None


@pytest.mark.usefixtures("three")
async def test_without_a_filter_every_case_is_listed_the_oldest_first(pool: asyncpg.Pool) -> None:
    assert await _refs(pool) == [THIRD_REF, OTHER_REF, REF]
    assert [line.ref for line in await CaseQueries(pool).list_cases(CaseFilters(), 2)] == [
        THIRD_REF,
        OTHER_REF,
    ]


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("filters", "refs"),
    [
        ({"area": "westhaven"}, [OTHER_REF]),
        ({"stage": "offender_traced"}, [OTHER_REF]),
        ({"step": "screening"}, [REF]),
        ({"waiting_on": "prison:eastmoor"}, [OTHER_REF]),
        ({"waiting_on": "prison"}, []),
        ({"overdue": True}, [OTHER_REF]),
        ({"overdue": False}, [THIRD_REF, REF]),
        ({"on_hold": True}, []),
        ({"assigned_to": "cw-1"}, [REF]),
        ({"is_open": True}, [OTHER_REF, REF]),
        ({"is_open": False}, [THIRD_REF]),
        ({"area": "eastshire", "is_open": True, "step": "screening"}, [REF]),
        ({"area": "eastshire' or true --"}, []),
        ({"received_from": date(2026, 3, 3), "received_to": date(2026, 3, 3)}, [OTHER_REF]),
        ({"received_to": date(2026, 3, 2)}, [THIRD_REF]),
        ({"due_from": date(2026, 3, 30), "due_to": date(2026, 3, 30)}, [OTHER_REF]),
        ({"due_to": date(2026, 3, 29)}, [REF]),
        ({"text": "9m"}, [THIRD_REF]),
        ({"text": "rj9mnp3q"}, [THIRD_REF]),
        ({"text": "RJ-4H8T-2WXZ"}, [OTHER_REF]),
        ({"text": "2wxz"}, [OTHER_REF]),
        ({"text": "4h8t-2xxx"}, []),
        ({"text": "rj-"}, [THIRD_REF, OTHER_REF, REF]),
        ({"text": "%"}, []),
    ],
)
async def test_a_list_holds_the_cases_to_which_every_filter_applies(
    pool: asyncpg.Pool, filters: dict[str, Any], refs: list[CaseRef]
) -> None:
    assert await _refs(pool, **filters) == refs


@pytest.mark.usefixtures("three")
async def test_an_owner_of_many_waits_is_found_as_well(pool: asyncpg.Pool) -> None:
    for few in (False, True):
        statement, values = list_statement(CaseFilters(waiting_on="probation"), 10, few_wait=few)
        assert [row["ref"] for row in await pool.fetch(statement, *values)] == [OTHER_REF]


@pytest.mark.usefixtures("three")
async def test_a_list_holds_no_case_of_an_area_that_is_not_allowed(pool: asyncpg.Pool) -> None:
    async def list_refs(areas: list[str], **filters: Any) -> list[CaseRef]:
        return [line.ref for line in await CaseQueries(pool).list_cases(CaseFilters(**filters), 10, areas=areas)]

    assert await list_refs(["westhaven", "northmarsh"]) == [OTHER_REF]
    assert await list_refs(["westhaven", "eastshire"]) == [THIRD_REF, OTHER_REF, REF]
    assert await list_refs(["westhaven"], area="eastshire") == []
    assert await list_refs(["westhaven"], text="RJ-9MNP") == []
    assert await list_refs([]) == []


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("sort", "refs"),
    [
        (Sort.RECEIVED, [THIRD_REF, OTHER_REF, REF]),
        (Sort.DUE, [REF, OTHER_REF]),
        (Sort.OVERDUE, [OTHER_REF]),
        (Sort.VICTIM_UPDATED, [OTHER_REF, REF]),
    ],
)
async def test_a_list_goes_on_after_any_line_in_either_direction(
    pool: asyncpg.Pool, sort: Sort, refs: list[CaseRef]
) -> None:
    for descending, expected in ((False, refs), (True, refs[::-1])):
        listed, after = [], None
        while page := await CaseQueries(pool).list_cases(
            CaseFilters(), 1, sort=sort, descending=descending, after=after
        ):
            listed.append(page[0].ref)
            after = page[0].sort_key(sort)
        assert listed == expected


@pytest.mark.usefixtures("three")
async def test_a_list_reaches_to_the_last_day_and_from_the_first_one_that_there_is(pool: asyncpg.Pool) -> None:
    first, last = date.min, date.max
    assert await _refs(pool, received_from=first, received_to=last) == await _refs(pool)
    assert await _refs(pool, due_from=first, due_to=last) == [OTHER_REF, REF]
    assert await _refs(pool, received_from=last) == await _refs(pool, received_to=first) == []


@pytest.mark.usefixtures("three")
async def test_a_line_has_the_owners_of_waits_and_the_earliest_day(pool: asyncpg.Pool) -> None:
    line = (await CaseQueries(pool).list_cases(CaseFilters(area="westhaven"), 10))[0]

    assert line.waiting_on == ("prison:eastmoor", "probation")
    assert (line.due_on, line.overdue_since, line.is_overdue) == (date(2026, 3, 30), date(2026, 3, 31), True)


async def test_a_timeline_is_the_entries_in_order_or_from_the_newest(pool: asyncpg.Pool) -> None:
    entries = (entry(1), entry(2, note="a-note", reason="victim_withdrew"), entry(3))
    await PostgresCaseFile(pool).write(WriteBatch(REF, entries, case=case(3)))

    assert await CaseHistory(pool).list_entries(REF) == entries
    assert await CaseHistory(pool).list_entries(REF, newest_first=True, limit=2) == (entries[2], entries[1])
    assert await CaseHistory(pool).list_entries(OTHER_REF) == ()


async def test_what_was_refused_is_read_with_its_reason(pool: asyncpg.Pool) -> None:
    kept = create_refusal("record-2", "not_asked")
    await PostgresCaseFile(pool).write(WriteBatch(REF, (entry(1),), (kept,), case(1)))

    assert await CaseHistory(pool).list_refused(REF) == (kept,)
