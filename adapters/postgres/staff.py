"""The register of staff in PostgreSQL."""

import asyncpg
import structlog

from domain.people import Person, StaffRole
from ports.authentication import AccountDeactivated
from ports.staff import (
    STAFF_ID,
    Member,
    MemberAlreadyAdded,
    MemberChanges,
    MemberExists,
    MemberFilters,
    UnknownMember,
    apply_changes,
    validate_member,
)

log = structlog.get_logger("adapters.postgres.staff")

_ADD = """
insert into staff (id, roles, areas, email, active, entered_by, idempotency_key)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do nothing
returning *
"""

_ENTERED = "select from staff where id = $1 and idempotency_key = $2"

_EDIT = """
update staff set roles = $2, areas = $3, email = $4, active = $5
where id = $1
"""

_MEMBERS = """
select * from staff
where ($1::text is null or $1 = any(roles))
    and ($2::text is null or areas is null or $2 = any(areas))
    and ($3::boolean is null or active = $3)
    and ($4::text is null or id = $4)
    and ($5::text[] is null or areas is null or areas && $5)
    and id > $6
order by id limit $7
"""

# Arrays are kept sorted, so that the same ones are equal.
_KNOWN = """
select active, seen_at > now() - interval '1 hour' and roles = $2 and areas is not distinct from $3 as as_kept
from staff where id = $1
"""

# Somebody whom an admin has kept out meanwhile stays out, as they were.
_SEEN = """
insert into staff (id, roles, areas, seen_at) values ($1, $2, $3, now())
on conflict (id) do update set roles = excluded.roles, areas = excluded.areas, seen_at = excluded.seen_at
where staff.active
"""


class PostgresStaff:
    """Implements `casework.staff.StaffRegister`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, member: Member, by: str, idempotency_key: str = "") -> Member:
        """See the port."""
        validate_member(member)
        row = await self._pool.fetchrow(_ADD, *_kept(member), by, idempotency_key)
        if row is None:
            was_this = idempotency_key and await self._pool.fetchrow(_ENTERED, member.id, idempotency_key) is not None
            raise MemberAlreadyAdded if was_this else MemberExists
        log.info("staff.added", account=member.id, by=by)
        return _member(row)

    async def edit(self, id: str, changes: MemberChanges, by: str) -> Member:
        """See the port."""
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("select * from staff where id = $1 for update", _id(id))
            if row is None:
                raise UnknownMember
            member = apply_changes(_member(row), changes)
            await connection.execute(_EDIT, *_kept(member))
        log.info("staff.edited", account=id, fields=sorted(changes.named()), by=by)
        return member

    async def list_members(
        self, filters: MemberFilters, *, limit: int | None = None, after: str = ""
    ) -> tuple[Member, ...]:
        """See the port."""
        wanted = (filters.role, filters.area, filters.active, None if filters.id is None else _id(filters.id))
        rows = await self._pool.fetch(_MEMBERS, *wanted, _sorted(filters.within), after, limit)
        return tuple(_member(row) for row in rows)

    async def record_sign_in(self, person: Person) -> None:
        """Keep what a token says of `person`, where that is new or an hour has passed. Raises AccountDeactivated."""
        said = (person.id, sorted(person.roles), _sorted(person.areas))
        known = await self._pool.fetchrow(_KNOWN, *said)
        if known is not None and not known["active"]:
            raise AccountDeactivated
        if known is None or not known["as_kept"]:
            await self._pool.execute(_SEEN, *said)


def _id(id: str) -> str:
    """The id, or none that there is: what came with an address may be what the database takes for no text."""
    return id if STAFF_ID.fullmatch(id) else ""


def _kept(member: Member) -> tuple[object, ...]:
    return member.id, sorted(member.roles), _sorted(member.areas), member.email, member.active


def _sorted(areas: frozenset[str] | None) -> list[str] | None:
    return None if areas is None else sorted(areas)


def _member(row: asyncpg.Record) -> Member:
    return Member(
        id=row["id"],
        roles=frozenset(StaffRole(each) for each in row["roles"]),
        areas=None if row["areas"] is None else frozenset(row["areas"]),
        email=row["email"],
        active=row["active"],
        entered_by=row["entered_by"],
        seen_at=row["seen_at"],
    )
