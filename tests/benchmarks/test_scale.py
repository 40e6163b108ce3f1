"""The benchmarks of a whole country's case file, on a very small country."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.loading import Size
from benchmarks.scale.reading import board_query, case_query, report_query, stuck_query
from benchmarks.scale.visibility import visibility_query
from benchmarks.scale.writing import Amount, event_write

SMALL = Size(500, 300)


@pytest.fixture(scope="module", autouse=True)
async def country() -> AsyncIterator[None]:
    await NATIONAL_DATABASE.load(SMALL)
    yield
    await NATIONAL_DATABASE.close()


async def test_the_country_has_as_many_cases_as_it_was_to_have_and_no_template() -> None:
    pool = (await NATIONAL_DATABASE.load(SMALL)).pool
    counted = (
        "count(*) filter (where ended_on is null) as open, count(ended_on) as ended, count(distinct area) as areas"
    )
    counts = await pool.fetchrow(f"select {counted} from cases")  # noqa: S608 - the words above
    assert counts is not None
    assert (counts["open"], counts["ended"]) == (SMALL.open, SMALL.ended)
    assert counts["areas"] > 40
    assert await pool.fetchval("select count(*) from waits where overdue_since is not null") > 0
    entries = "select count(*) from entries where not exists (select from cases where cases.ref = entries.ref)"
    assert await pool.fetchval(entries) == 0


@pytest.mark.parametrize("query", [stuck_query, board_query, case_query, report_query])
async def test_each_question_is_measured(query: object) -> None:
    result = await query(SMALL, 2)  # type: ignore[operator]
    assert 0 < result["p50_ms"] <= result["p99_ms"]
    assert all(figures["rate"] > 0 for figures in result["details"].values())


async def test_batches_are_compared_with_bare_inserts() -> None:
    result = await event_write(SMALL, Amount(rounds=1, cases=2))
    assert result["ratio"] > 0


async def test_temporals_lists_and_the_case_file_are_asked_about_the_same_cases() -> None:
    result = await visibility_query(SMALL, 2)
    assert result["open_cases"] >= SMALL.open
    assert result["details"]["board_of_area"]["rows"] == result["details"]["board_of_area_temporal"]["rows"] > 0
