"""A change of the staff register reaches each open case of the facilitator, in the change's own transaction (1.8)."""

from datetime import date

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.facilitators import SOURCE, report_outdated_facilitators
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.staff import PostgresStaff
from domain.events import Actor, FacilitatorChanged
from domain.json_values import to_json_object
from domain.people import StaffRole
from domain.vocabulary import CaseRef, Flag, Role
from ports.staff import InvalidMember, Member, MemberChanges
from tests.adapters.batches import OTHER_REF, REF, create_batch
from workflows.record_codec import read_record

pytestmark = pytest.mark.postgres

UNTIL = date(2028, 3, 31)
OSEI = Member("f.osei", frozenset({StaffRole.CASEWORKER}), None, accredited_until=UNTIL)
IN_FILE = {"id": "f.osei", "active": True, "specialist_in": [], "accredited_until": UNTIL.isoformat()}
ENDED = {"stage": "declined", "step": "closed", "ended_on": date(2026, 3, 9), "aftercare_ends_on": date(2026, 9, 7)}


@pytest.fixture
async def staff(pool: asyncpg.Pool) -> PostgresStaff:
    """The register with one facilitator, who has an open case and an ended one."""
    staff, file = PostgresStaff(pool), PostgresCaseFile(pool)
    await staff.add(OSEI, "staff:o.haddad")
    await file.write(create_batch(1, state={"facilitator": IN_FILE}))
    await file.write(create_batch(1, ref=OTHER_REF, state={"facilitator": IN_FILE}, waits=(), **ENDED))
    return staff


async def list_changes(pool: asyncpg.Pool) -> list[tuple[CaseRef, FacilitatorChanged]]:
    """What open cases are told, as their workflows read it."""
    found = []
    for message in await PostgresInbox(pool).lease_next(10, 0):
        record = read_record({**message.record, "id": "register/1"})
        assert record.by == Actor(Role.SERVICE)
        assert isinstance(record.event, FacilitatorChanged)
        found.append((message.ref, record.event))
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (MemberChanges(active=False), FacilitatorChanged("f.osei", False, frozenset(), UNTIL)),
        (MemberChanges(accredited_until=""), FacilitatorChanged("f.osei", False)),
        (
            MemberChanges(accredited_until=date(2026, 6, 1)),
            FacilitatorChanged("f.osei", True, frozenset(), date(2026, 6, 1)),
        ),
        (
            MemberChanges(specialist_in=("stalking",)),
            FacilitatorChanged("f.osei", True, frozenset({Flag.STALKING}), UNTIL),
        ),
    ],
)
async def test_each_open_case_of_a_facilitator_is_told_of_a_change_and_no_other(
    pool: asyncpg.Pool, staff: PostgresStaff, changes: MemberChanges, said: FacilitatorChanged
) -> None:
    await staff.edit("f.osei", changes, "staff:o.haddad")
    assert await list_changes(pool) == [(REF, said)]


async def test_a_change_of_something_else_tells_no_case(pool: asyncpg.Pool, staff: PostgresStaff) -> None:
    await staff.edit("f.osei", MemberChanges(email="f.osei@service.example", areas=("eastmoor",)), "staff:o.haddad")
    assert await list_changes(pool) == []


async def test_a_change_that_is_refused_tells_no_case(pool: asyncpg.Pool, staff: PostgresStaff) -> None:
    with pytest.raises(InvalidMember):
        await staff.edit("f.osei", MemberChanges(active=False, email="nowhere"), "staff:o.haddad")
    assert await list_changes(pool) == []


async def test_housekeeping_tells_a_case_whose_assignment_crossed_a_change(
    pool: asyncpg.Pool, staff: PostgresStaff
) -> None:
    """The assignment read the register before the change, and was written after it; it is told once."""
    assert await report_outdated_facilitators(pool) == 0
    await pool.execute("update staff set active = false")
    assert [await report_outdated_facilitators(pool) for _ in range(2)] == [1, 0]
    ((ref, event),) = await list_changes(pool)
    assert (ref, event.active) == (REF, False)
    assert await pool.fetchval("select source from inbox") == SOURCE


async def test_what_the_case_file_has_of_a_told_case_is_what_the_register_says(
    pool: asyncpg.Pool, staff: PostgresStaff
) -> None:
    await staff.edit("f.osei", MemberChanges(specialist_in=("stalking", "domestic_abuse")), "staff:o.haddad")
    ((_, event),) = await list_changes(pool)
    told = to_json_object(event)
    in_file = {**told, "id": told.pop("facilitator")}
    await pool.execute("update cases set state = $1 where ref = $2", {"facilitator": in_file}, REF)
    await pool.execute("delete from inbox")
    assert await report_outdated_facilitators(pool) == 0
