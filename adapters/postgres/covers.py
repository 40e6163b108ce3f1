"""Who covers for whom, and with which cases, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from application.cover import Cover, CoverCursor
from domain.people import Person
from domain.vocabulary import CaseRef

_BEGIN = """
insert into covers (id, absent, covering, started_by) values ($1, $2, $3, $4) on conflict (id) do nothing
"""

_TOOK = """
insert into cover_cases (cover, ref) select $1, unnest($2::text[]) on conflict do nothing
"""

# What somebody else has been given meanwhile is theirs, and what never went over is still with who was absent.
_COVERED = """
select cases.ref from cover_cases join covers on covers.id = cover join cases on cases.ref = cover_cases.ref
where cover = $1 and cases.assigned_to = covers.covering and cases.ended_on is null
    and ($2::text[] is null or cases.area = any($2))
order by cases.ref
"""

# What went on to a third person because the one who covers is absent in turn comes back when that later cover ends.
_END = """
update covers set ended_at = now(), ended_by = $2
where id = $1 and ended_at is null and not exists (
    select from cover_cases join cases on cases.ref = cover_cases.ref
    where cover = covers.id and cases.ended_on is null and case
        when cases.assigned_to = covers.covering then cases.area <> all($3::text[])
        else exists (
            select from covers as later join cover_cases as again on again.cover = later.id
            where again.ref = cases.ref and later.absent = covers.covering and later.ended_at is null
                and (again.transferred_at, later.started_at, later.id) > (cover_cases.transferred_at, covers.started_at, covers.id)
        )
    end
)
"""

_COVERS = """
select id, absent, covering, started_at, started_by, ended_at, seen as cases
from covers, lateral (
    select count(*) as cases, (count(*) filter (where $1::text[] is null or area = any($1)))::integer as seen
    from cover_cases join cases on cases.ref = cover_cases.ref where cover = covers.id
) as counted
where ($1 is null or seen > 0 or counted.cases = 0 and started_by = $2)
"""


class PostgresCovers:
    """Implements `casework.cover.Covers`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def begin(self, id: str, absent: str, covering: str, by: str) -> None:
        """Keep a cover; see the port."""
        await self._pool.execute(_BEGIN, id, absent, covering, by)

    async def took(self, id: str, refs: Sequence[str]) -> None:
        """These cases go over; see the port."""
        await self._pool.execute(_TOOK, id, list(refs))

    async def covered(self, id: str, person: Person) -> tuple[CaseRef, ...]:
        """What is to go back; see the port."""
        return tuple(CaseRef(row["ref"]) for row in await self._pool.fetch(_COVERED, id, person.within))

    async def end(self, id: str, person: Person) -> None:
        """The cases have gone back; see the port."""
        await self._pool.execute(_END, id, person.account, person.within)

    async def cover(self, id: str, person: Person) -> Cover | None:
        """One cover; see the port."""
        if not id.isprintable():
            # What came with an address may be what the database takes for no text.
            return None
        row = await self._pool.fetchrow(f"{_COVERS} and id = $3", person.within, person.account, id)
        return Cover(**row) if row else None

    async def covers(
        self, person: Person, *, is_open: bool, limit: int | None = None, after: CoverCursor | None = None
    ) -> tuple[Cover, ...]:
        """Those that run, or have ended; see the port."""
        statement, values = listing(person, is_open, limit, after)
        return tuple(Cover(**row) for row in await self._pool.fetch(statement, *values))


def listing(person: Person, is_open: bool, limit: int | None, after: CoverCursor | None) -> tuple[str, list[object]]:
    """The statement that `covers` runs, and its values: those that run have an index of their own, and the others."""
    beyond = "" if after is None else "and (started_at, id) < ($4, $5)"
    which = "ended_at is null" if is_open else "ended_at is not null"
    statement = f"{_COVERS} and {which} {beyond} order by started_at desc, id desc limit $3"
    return statement, [person.within, person.account, limit, *(after or ())]
