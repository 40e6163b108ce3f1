"""Who covers for whom, and with which cases, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from casework.cover import Cover
from domain.vocabulary import CaseRef

_BEGIN = """
insert into covers (id, absent, covering, begun_by) values ($1, $2, $3, $4) on conflict (id) do nothing
"""

_TOOK = """
insert into cover_cases (cover, ref) select $1, unnest($2::text[]) on conflict do nothing
"""

# What somebody else has been given meanwhile is theirs, and what never went over is still with who was absent.
_COVERED = """
select cases.ref from cover_cases join covers on covers.id = cover join cases on cases.ref = cover_cases.ref
where cover = $1 and cases.assigned_to = covers.covering and cases.ended_on is null
order by cases.ref
"""

_COVERS = """
select id, absent, covering, begun_at, begun_by, ended_at,
    (select count(*)::integer from cover_cases where cover = covers.id) as cases
from covers
"""


class PostgresCovers:
    """Implements `casework.cover.Covers`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, id: str, absent: str, covering: str, by: str) -> Cover:
        """Keep a cover; see the port."""
        await self._pool.execute(_BEGIN, id, absent, covering, by)
        cover = await self.cover(id)
        assert cover is not None, "it was just kept"
        return cover

    async def took(self, id: str, refs: Sequence[str]) -> None:
        """These cases go over; see the port."""
        await self._pool.execute(_TOOK, id, list(refs))

    async def covered(self, id: str) -> tuple[CaseRef, ...]:
        """What is to go back; see the port."""
        return tuple(CaseRef(row["ref"]) for row in await self._pool.fetch(_COVERED, id))

    async def end(self, id: str, by: str) -> None:
        """The cases have gone back; see the port."""
        await self._pool.execute(
            "update covers set ended_at = now(), ended_by = $2 where id = $1 and ended_at is null", id, by
        )

    async def cover(self, id: str) -> Cover | None:
        """One cover; see the port."""
        row = await self._pool.fetchrow(f"{_COVERS} where id = $1", id)
        return Cover(**row) if row else None

    async def covers(self, *, is_open: bool) -> tuple[Cover, ...]:
        """Those that run, or have ended; see the port."""
        rows = await self._pool.fetch(f"{_COVERS} where (ended_at is null) = $1 order by begun_at desc, id", is_open)
        return tuple(Cover(**row) for row in rows)
