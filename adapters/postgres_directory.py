"""The directory of agencies in PostgreSQL."""

import asyncpg

from activities.ports import Agency

_AGENCY = "select id, kind, area, name, asks_url, signs_with, signed_with from agencies"

# `prison:eastmoor` means that one agency; `prison` the one of the case's area, or else the national one.
_FIND = f"""
{_AGENCY}
where active and kind = $1 and case when $2 <> '' then id = $2 else area in ($3, '') end
order by area = $3 desc, id
limit 1
"""

_PUT = """
insert into agencies (id, kind, area, name, asks_url, signs_with, signed_with)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update
set kind = excluded.kind, area = excluded.area, name = excluded.name, asks_url = excluded.asks_url,
    signs_with = excluded.signs_with, signed_with = excluded.signed_with, active = true
"""


class PostgresDirectory:
    """Implements `activities.ports.Directory`: agencies that are no longer active are not found."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def find(self, agency: str, area: str) -> Agency | None:
        """The agency that `agency` means for a case of `area`; see the port."""
        kind, _, agency_id = agency.partition(":")
        return _agency(await self._pool.fetchrow(_FIND, kind, agency_id, area))

    async def by_id(self, id: str) -> Agency | None:
        """The agency named `id`; see the port."""
        return _agency(await self._pool.fetchrow(f"{_AGENCY} where active and id = $1", id))

    async def put(self, agency: Agency) -> None:
        """Enter `agency` in the directory, in place of what it holds under that id."""
        await self._pool.execute(
            _PUT,
            agency.id,
            agency.kind,
            agency.area,
            agency.name,
            agency.asks_url,
            agency.signs_with,
            agency.signed_with,
        )


def _agency(row: asyncpg.Record | None) -> Agency | None:
    if row is None:
        return None
    return Agency(
        id=row["id"],
        kind=row["kind"],
        area=row["area"],
        name=row["name"],
        asks_url=row["asks_url"],
        signs_with=tuple(row["signs_with"]),
        signed_with=row["signed_with"],
    )
