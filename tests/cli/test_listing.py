"""Lists of cases on the command line: what is asked for, in the order that is asked for."""

from datetime import UTC, date, datetime

import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from tests.adapters.pages import OTHER_REF, REF, page
from tests.cli.shell import Shell

pytestmark = pytest.mark.postgres

EARLIER, LATER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC), datetime(2026, 3, 20, 9, 30, tzinfo=UTC)


async def _with_two_cases(alone: Shell) -> None:
    async with await open_pool(alone.environment["RJ_DATABASE_URL"]) as pool:
        await PostgresCaseFile(pool).write(page(1, received_at=EARLIER))
        await PostgresCaseFile(pool).write(
            page(1, ref=OTHER_REF, received_at=LATER, victim_updated_on=date(2026, 3, 1))
        )


async def _listed(alone: Shell, *arguments: str) -> list[str]:
    return [case["ref"] for case in (await alone.rj("list", "--json", *arguments)).values]


async def test_cases_are_listed_by_their_days_and_by_what_is_remembered_of_a_reference(alone: Shell) -> None:
    await _with_two_cases(alone)
    assert await _listed(alone, "--received-to", "2026-03-02") == [REF]
    assert await _listed(alone, "--received-from", "2026-03-03") == [OTHER_REF]
    assert await _listed(alone, "--due-to", "2026-03-08") == []
    assert await _listed(alone, "--due-from", "2026-03-09") == [REF, OTHER_REF]
    assert await _listed(alone, "--text", "4h8t") == [OTHER_REF]


async def test_a_list_of_what_is_stuck_says_where_it_was_cut_off(alone: Shell) -> None:
    more = "Only the first 1 are listed: --limit shows more."
    await _with_two_cases(alone)
    assert (await alone.rj("stuck", "--limit", "1")).out.splitlines()[-1] == more
    assert more not in (await alone.rj("stuck", "--limit", "1", "--json")).out
    assert "Only the first" not in (await alone.rj("stuck", "--limit", "3")).out

    async with await open_pool(alone.environment["RJ_DATABASE_URL"]) as pool:
        await pool.execute(
            "insert into findings (ref, kind, area, detail) select ref, 'state_mismatch', '', 'no_case'"
            " from unnest(array['RJ-3XAB-9PQW', 'RJ-3XAC-9PQW']) as found (ref)"
        )
    beside = (await alone.rj("stuck", "--limit", "1", "--kind", "state_mismatch")).out.splitlines()
    assert (beside[0].startswith("RJ-3XAB-9PQW"), beside[-1]) == (True, more)


async def test_a_list_has_the_order_that_is_asked_for(alone: Shell) -> None:
    await _with_two_cases(alone)
    assert await _listed(alone) == [REF, OTHER_REF]
    assert await _listed(alone, "--descending", "--limit", "1") == [OTHER_REF]
    assert await _listed(alone, "--sort", "victim_updated") == [OTHER_REF, REF]
    assert await _listed(alone, "--sort", "overdue") == []
