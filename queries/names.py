"""The names that there are: areas, agencies and accounts of staff."""

import asyncpg

# The areas of cases are found one after the other in their index: reading all cases would take too long.
_AREAS = """
with recursive of_cases as (
    (select area from cases order by area limit 1)
    union all
    select (select area from cases where cases.area > of_cases.area order by area limit 1)
    from of_cases where of_cases.area is not null
)
select area from of_cases where area is not null
union select area from agencies where area <> ''
"""


class NameQueries:
    """Names, to check what people enter."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_areas(self) -> tuple[str, ...]:
        """The areas that have an agency or a case."""
        return tuple(row["area"] for row in await self._pool.fetch(_AREAS))

    async def list_agencies(self) -> tuple[str, ...]:
        """The ids of the agencies in the directory, with those that were removed."""
        return tuple(row["id"] for row in await self._pool.fetch("select id from agencies"))

    async def list_accounts(self, *, active_only: bool = False) -> tuple[str, ...]:
        """The accounts in the register of staff."""
        rows = await self._pool.fetch("select id from staff where active or not $1", active_only)
        return tuple(row["id"] for row in rows)
