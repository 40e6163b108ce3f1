"""The names that there are: areas, agencies and accounts of staff."""

import asyncpg

from queries.sql_params import KNOWN_AREAS

# Each area is found by one look into an index: reading all rows would take too long.
_AREAS = f"""
with recursive of_agencies (area) as (
    (select area from agencies where area <> '' order by area limit 1)
    union all
    select (select area from agencies where agencies.area > of_agencies.area order by area limit 1)
    from of_agencies where of_agencies.area is not null
)
select area from of_agencies where area is not null union select area from {KNOWN_AREAS} as of_cases
"""  # noqa: S608 - the part above


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

    async def list_active_agencies(self) -> tuple[str, ...]:
        """The agencies that can be asked, each as its kind and its id: `prison:westhaven-prison`."""
        rows = await self._pool.fetch("select kind || ':' || id as agency from agencies where active")
        return tuple(row["agency"] for row in rows)

    async def list_accounts(self, *, active_only: bool = False) -> tuple[str, ...]:
        """The accounts in the register of staff."""
        rows = await self._pool.fetch("select id from staff where active or not $1", active_only)
        return tuple(row["id"] for row in rows)
