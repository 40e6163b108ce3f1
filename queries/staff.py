"""The register of staff as people read it."""

import asyncpg

from ports.staff import STAFF_ID, Member, MemberFilters, to_member

_MEMBERS = """
select *, (select count(*) from cases where ended_on is null and facilitator = staff.id) as cases from staff
where ($1::text is null or $1 = any(roles))
    and ($2::text is null or areas is null or $2 = any(areas))
    and ($3::boolean is null or active = $3)
    and ($4::text is null or id = $4)
    and ($5::text[] is null or areas is null or areas && $5)
    and ($6::boolean is null or (accredited_until is not null) = $6)
    and ($7::text is null or $7 = any(specialist_in))
    and ($8::text is null or $8 = any(languages))
    and id > $9
order by id limit $10
"""


class StaffQueries:
    """Members of staff."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_members(
        self, filters: MemberFilters, *, limit: int | None = None, after: str = ""
    ) -> tuple[Member, ...]:
        """Up to `limit` members (None: all) after the id `after`, by id."""
        # An id that comes with an address may be what the database takes for no text: nobody has it.
        id = filters.id if filters.id is None or STAFF_ID.fullmatch(filters.id) else ""
        within = None if filters.within is None else sorted(filters.within)
        of_facilitators = (filters.facilitator, filters.specialist_in, filters.language)
        values = (filters.role, filters.area, filters.active, id, within, *of_facilitators)
        return tuple(to_member(row) for row in await self._pool.fetch(_MEMBERS, *values, after, limit))
