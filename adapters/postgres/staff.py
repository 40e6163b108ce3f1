"""The register of staff in PostgreSQL."""

import asyncpg
import structlog

from adapters.postgres.facilitators import report_facilitator
from domain.people import Person
from ports.authentication import AccountDeactivated
from ports.staff import (
    STAFF_ID,
    Member,
    MemberAlreadyAdded,
    MemberChanges,
    MemberExists,
    UnknownMember,
    apply_changes,
    facilitator_facts,
    to_member,
    validate_member,
)

log = structlog.get_logger("adapters.postgres.staff")

_ADD = """
insert into staff (
    id, roles, areas, email, active, accredited_until, specialist_in, languages, co_facilitators, name, phone,
    entered_by, idempotency_key
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (id) do nothing
returning *
"""

_WAS_ADDED = "select from staff where id = $1 and idempotency_key = $2"

_LOCK = """
select *, (select count(*) from cases where ended_on is null and facilitator = staff.id) as cases
from staff where id = $1 for update of staff
"""

_EDIT = """
update staff set roles = $2, areas = $3, email = $4, active = $5, accredited_until = $6, specialist_in = $7,
    languages = $8, co_facilitators = $9, name = $10, phone = $11
where id = $1
"""

# Arrays are stored sorted, so that equal sets are equal arrays.
_IS_CURRENT = """
select active, seen_at > now() - interval '1 hour' and roles = $2 and areas is not distinct from $3 as is_current
from staff where id = $1
"""

# Nothing changes for a member that an admin has deactivated meanwhile.
_RECORD_SIGN_IN = """
insert into staff (id, roles, areas, seen_at) values ($1, $2, $3, now())
on conflict (id) do update set roles = excluded.roles, areas = excluded.areas, seen_at = excluded.seen_at
where staff.active
"""


class PostgresStaff:
    """Implements `ports.staff.StaffRegister`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def add(self, member: Member, by: str, idempotency_key: str = "") -> Member:
        """See the port."""
        validate_member(member)
        row = await self._pool.fetchrow(_ADD, *_columns(member), by, idempotency_key)
        if row is None:
            was_added = (
                idempotency_key and await self._pool.fetchrow(_WAS_ADDED, member.id, idempotency_key) is not None
            )
            raise MemberAlreadyAdded if was_added else MemberExists
        log.info("staff.added", account=member.id, by=by)
        return to_member(row)

    async def edit(self, id: str, changes: MemberChanges, by: str) -> Member:
        """See the port."""
        if STAFF_ID.fullmatch(id) is None:
            raise UnknownMember
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_LOCK, id)
            if row is None:
                raise UnknownMember
            before = to_member(row)
            member = apply_changes(before, changes)
            await connection.execute(_EDIT, *_columns(member))
            if facilitator_facts(member) != facilitator_facts(before):
                await report_facilitator(connection, member)
        log.info("staff.edited", account=id, fields=sorted(changes.get_values()), by=by)
        return member

    async def record_sign_in(self, person: Person) -> None:
        """Store what a token says of `person` if it is new or an hour old. Raises AccountDeactivated."""
        values = (person.id, sorted(person.roles), _to_array(person.areas))
        known = await self._pool.fetchrow(_IS_CURRENT, *values)
        if known is not None and not known["active"]:
            raise AccountDeactivated
        if known is None or not known["is_current"]:
            await self._pool.execute(_RECORD_SIGN_IN, *values)


def _columns(member: Member) -> tuple[object, ...]:
    return (
        member.id,
        sorted(member.roles),
        _to_array(member.areas),
        member.email,
        member.active,
        member.accredited_until,
        sorted(member.specialist_in),
        sorted(member.languages),
        sorted(member.co_facilitators),
        member.name,
        member.phone,
    )


def _to_array(areas: frozenset[str] | None) -> list[str] | None:
    return None if areas is None else sorted(areas)
