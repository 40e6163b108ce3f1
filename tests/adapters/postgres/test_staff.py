"""The register of staff as sign-ins keep it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.staff import PostgresStaff
from domain.people import Person, StaffRole
from ports.authentication import AccountDeactivated
from ports.staff import Member, MemberChanges, MemberFilters
from queries.staff import StaffQueries
from tests.adapters.notifications.database import shared_database

pytestmark = pytest.mark.postgres

ROLES = frozenset({StaffRole.CASEWORKER, StaffRole.AUDITOR})
OKAFOR = Person("c.okafor", ROLES, frozenset({"westhaven", "eastmoor"}))
EVERYBODY = MemberFilters(active=None)


@pytest.fixture(scope="module")
async def pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with shared_database(postgres_dsn) as (_, pool):
        yield pool


@pytest.fixture
async def staff(pool: asyncpg.Pool) -> PostgresStaff:
    await pool.execute("delete from staff")
    return PostgresStaff(pool)


async def versions(pool: asyncpg.Pool) -> str:
    """Which writes the rows come from."""
    return str(await pool.fetchval("select array_agg(xmin::text order by id)::text from staff"))


async def test_a_first_sign_in_adds_a_member(staff: PostgresStaff, pool: asyncpg.Pool) -> None:
    await staff.record_sign_in(OKAFOR)
    (member,) = await StaffQueries(pool).list_members(EVERYBODY)
    assert member.seen_at is not None
    assert member == Member(OKAFOR.id, ROLES, OKAFOR.areas, seen_at=member.seen_at)


async def test_an_unchanged_sign_in_is_written_once_an_hour(staff: PostgresStaff, pool: asyncpg.Pool) -> None:
    await staff.record_sign_in(OKAFOR)
    before = await versions(pool)
    for _ in range(3):
        await staff.record_sign_in(OKAFOR)
    assert await versions(pool) == before
    await pool.execute("update staff set seen_at = seen_at - interval '61 minutes'")
    await staff.record_sign_in(OKAFOR)
    assert await pool.fetchval("select seen_at > now() - interval '1 minute' from staff")


@pytest.mark.parametrize("areas", [None, frozenset[str](), frozenset({"northvale"})])
async def test_a_changed_token_is_stored_at_once_and_nothing_else_changes(
    staff: PostgresStaff, pool: asyncpg.Pool, areas: frozenset[str] | None
) -> None:
    await staff.add(Member(OKAFOR.id, ROLES, OKAFOR.areas, "c.okafor@service.example"), "staff:o.haddad")
    await staff.record_sign_in(OKAFOR)
    await staff.record_sign_in(Person(OKAFOR.id, frozenset({StaffRole.SUPERVISOR}), areas))
    (member,) = await StaffQueries(pool).list_members(EVERYBODY)
    assert (member.roles, member.areas) == (frozenset({StaffRole.SUPERVISOR}), areas)
    assert (member.email, member.entered_by) == ("c.okafor@service.example", "staff:o.haddad")


async def test_a_deactivated_member_cannot_sign_in(staff: PostgresStaff, pool: asyncpg.Pool) -> None:
    await staff.record_sign_in(OKAFOR)
    await staff.edit(OKAFOR.id, MemberChanges(active=False), "staff:o.haddad")
    before = await versions(pool)
    for person in (OKAFOR, Person(OKAFOR.id, frozenset({StaffRole.ADMIN}))):
        with pytest.raises(AccountDeactivated):
            await staff.record_sign_in(person)
    assert await versions(pool) == before
    await staff.edit(OKAFOR.id, MemberChanges(active=True), "staff:o.haddad")
    await staff.record_sign_in(OKAFOR)


async def test_a_member_who_was_added_before_is_seen_at_the_first_sign_in(
    staff: PostgresStaff, pool: asyncpg.Pool
) -> None:
    added = await staff.add(Member(OKAFOR.id, ROLES, OKAFOR.areas), "staff:o.haddad")
    assert added.seen_at is None
    await staff.record_sign_in(OKAFOR)
    (member,) = await StaffQueries(pool).list_members(EVERYBODY)
    assert member.seen_at is not None
