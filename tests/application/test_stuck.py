"""What is stuck, for whoever looks: cases, and what is stuck beside them, from real PostgreSQL."""

from datetime import date

import pytest

from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.postgres.resting import PostgresResting
from application.stuck import look
from queries.stuck import Wanted

pytestmark = pytest.mark.postgres

TODAY = date(2026, 3, 10)


async def test_a_list_that_is_of_cases_only_has_nothing_beside_them(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        resting = PostgresResting(pool)
        await resting.pause("", "staff:o.haddad")
        await pool.execute(
            "insert into findings (ref, kind, area, detail) values ('RJ-3XAB-9PQW', 'contradiction', '', 'no_case')"
        )
        for cases_only, beside in ((False, 1), (True, 0)):
            found = await look(pool, PostgresDirectory(pool), resting, TODAY, Wanted(), 10, cases_only=cases_only)
            assert (len(found.asides.listed), len(found.resting)) == (beside, beside)
