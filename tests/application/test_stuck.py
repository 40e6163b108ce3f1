"""What is stuck, for anybody who looks: cases, and what is stuck apart from them, from real PostgreSQL."""

from datetime import date

import pytest

from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from application.stuck import list_stuck
from queries.agencies import AgencyQueries
from queries.cases import CaseQueries
from queries.stuck import StuckQueries
from queries.stuck_ranking import StuckFilter

pytestmark = pytest.mark.postgres

TODAY = date(2026, 3, 10)


async def test_a_list_of_cases_only_has_no_pauses_and_nothing_unmatched(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        await PostgresAgencyPauses(pool).pause("", "staff:o.haddad")
        await pool.execute(
            "insert into findings (ref, kind, area, detail) values ('RJ-3XAB-9PQW', 'state_mismatch', '', 'no_case')"
        )
        for cases_only, unmatched in ((False, 1), (True, 0)):
            found = await list_stuck(
                StuckQueries(pool),
                AgencyQueries(pool),
                PostgresDirectory(pool),
                CaseQueries(pool),
                TODAY,
                StuckFilter(),
                10,
                cases_only=cases_only,
            )
            assert (len(found.unmatched.items), len(found.pauses)) == (unmatched, unmatched)
