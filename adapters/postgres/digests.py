"""Which supervisor was sent which morning's digest, in PostgreSQL."""

from datetime import date

import asyncpg

from application.digests import Digest
from domain.people import StaffRole
from ports.staff import Member

_SUPERVISORS = """
select id, areas, email from staff
where active and email <> '' and 'supervisor' = any(roles)
order by id
"""

_KEEP = "insert into digests (staff, day, until) values ($1, $2, $3) on conflict do nothing"


class PostgresDigests:
    """Implements `casework.digests.Digests`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def supervisors(self) -> tuple[Member, ...]:
        """Whom digests go to; see the port."""
        return tuple(
            Member(
                row["id"],
                frozenset({StaffRole.SUPERVISOR}),
                None if row["areas"] is None else frozenset(row["areas"]),
                row["email"],
            )
            for row in await self._pool.fetch(_SUPERVISORS)
        )

    async def sent(self, member: str, day: date) -> bool:
        """Whether they were sent it; see the port."""
        query = "select exists (select from digests where staff = $1 and day = $2)"
        return bool(await self._pool.fetchval(query, member, day))

    async def last_until(self, member: str) -> int:
        """Up to which alert the last one went; see the port."""
        return int(await self._pool.fetchval("select coalesce(max(until), 0) from digests where staff = $1", member))

    async def keep(self, digest: Digest) -> None:
        """It was sent; see the port."""
        await self._pool.execute(_KEEP, digest.member, digest.day, digest.until)
