"""Covers and their cases, in PostgreSQL."""

from collections.abc import Sequence

import asyncpg

from domain.people import Person
from domain.vocabulary import CaseRef
from ports.covers import Cover, CoverCursor

_START = """
insert into covers (id, absent, covering, started_by) values ($1, $2, $3, $4) on conflict (id) do nothing
"""

_TRANSFER = """
with transferred as (
    select cases.ref, received_at from covers join cases on cases.assigned_to = covers.absent
    where covers.id = $1 and covers.ended_at is null and cases.ended_on is null
        and ($2::text[] is null or cases.area = any($2))
),
stored as (
    insert into cover_cases (cover, ref) select $1, ref from transferred on conflict do nothing
)
select ref from transferred order by received_at, ref
"""

# Not those that were assigned to somebody else since, or never left the one who is absent.
_CASES = """
select cases.ref from cover_cases join covers on covers.id = cover join cases on cases.ref = cover_cases.ref
where cover = $1 and cases.assigned_to = covers.covering and cases.ended_on is null
    and ($2::text[] is null or cases.area = any($2))
order by cases.ref
"""

# A case that went on to a third person, because the covering person is absent too, comes back with that later cover.
_END = """
update covers set ended_at = now(), ended_by = $2
where id = $1 and ended_at is null and not exists (
    select from cover_cases join cases on cases.ref = cover_cases.ref
    where cover = covers.id and cases.ended_on is null and case
        when cases.assigned_to = covers.covering then cases.area <> all($3::text[])
        else exists (
            select from covers as later join cover_cases as again on again.cover = later.id
            where again.ref = cases.ref and later.absent = covers.covering and later.ended_at is null
                and (again.transferred_at, later.started_at, later.id)
                    > (cover_cases.transferred_at, covers.started_at, covers.id)
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
    """Implements `ports.covers.Covers`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def start(self, id: str, absent: str, covering: str, person: Person) -> Sequence[CaseRef]:
        """Store a cover and its cases; see the port."""
        await self._pool.execute(_START, id, absent, covering, person.account)
        return [CaseRef(row["ref"]) for row in await self._pool.fetch(_TRANSFER, id, person.within)]

    async def list_cases(self, id: str, person: Person) -> Sequence[CaseRef]:
        """The cases to give back; see the port."""
        return [CaseRef(row["ref"]) for row in await self._pool.fetch(_CASES, id, person.within)]

    async def end(self, id: str, person: Person) -> None:
        """End it; see the port."""
        await self._pool.execute(_END, id, person.account, person.within)

    async def get_cover(self, id: str, person: Person) -> Cover | None:
        """One cover; see the port."""
        if not id.isprintable():
            # The database takes no such text.
            return None
        row = await self._pool.fetchrow(f"{_COVERS} and id = $3", person.within, person.account, id)
        return Cover(**row) if row else None

    async def list_covers(
        self, person: Person, *, is_open: bool, limit: int | None = None, after: CoverCursor | None = None
    ) -> Sequence[Cover]:
        """Open or ended covers; see the port."""
        statement, values = list_statement(person, is_open, limit, after)
        return [Cover(**row) for row in await self._pool.fetch(statement, *values)]


def list_statement(
    person: Person, is_open: bool, limit: int | None, after: CoverCursor | None
) -> tuple[str, list[object]]:
    """The statement of `list_covers` and its values: open covers and ended ones each have an index."""
    beyond = "" if after is None else "and (started_at, id) < ($4, $5)"
    which = "ended_at is null" if is_open else "ended_at is not null"
    statement = f"{_COVERS} and {which} {beyond} order by started_at desc, id desc limit $3"
    return statement, [person.within, person.account, limit, *(after or ())]
