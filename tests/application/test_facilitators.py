"""What an event says of a facilitator comes from the staff register, never from the sender (1.8)."""

from collections.abc import AsyncIterator
from datetime import date

import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.staff import PostgresStaff
from application.facilitators import fill_from_register
from domain.events import FacilitatorAssigned, RequestScreened, RiskAssessed
from domain.people import Person, StaffRole
from domain.refusals import RecordRefused
from domain.vocabulary import Flag, Refusal
from ports.staff import Member
from queries.staff import StaffQueries

pytestmark = pytest.mark.postgres

TODAY = date(2026, 3, 2)
LEAD = Person("s.lindqvist", frozenset({StaffRole.SUPERVISOR}))
ROLES = frozenset({StaffRole.CASEWORKER})
STALKING = frozenset({Flag.STALKING})


@pytest.fixture
async def staff(dsn: str) -> AsyncIterator[StaffQueries]:
    async with await open_pool(dsn) as pool:
        register = PostgresStaff(pool)
        for member in (
            Member("f.osei", ROLES, accredited_until=TODAY, specialist_in=STALKING),
            Member("f.past", ROLES, accredited_until=date(2026, 3, 1), specialist_in=STALKING),
            Member("c.okafor", ROLES),
        ):
            await register.add(member, "staff:o.haddad")
        yield StaffQueries(pool)


async def test_an_assignment_has_what_the_register_says(staff: StaffQueries) -> None:
    filled = await fill_from_register(staff, LEAD, FacilitatorAssigned("f.osei"), TODAY)
    assert filled == FacilitatorAssigned("f.osei", STALKING, TODAY)


@pytest.mark.parametrize("account", ["f.past", "c.okafor", "nobody"])
async def test_somebody_without_a_valid_accreditation_is_not_assigned(staff: StaffQueries, account: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        await fill_from_register(staff, LEAD, FacilitatorAssigned(account), TODAY)
    assert refused.value.code is Refusal.NOT_ACCREDITED


@pytest.mark.parametrize(
    "stated",
    [
        FacilitatorAssigned("f.osei", STALKING),
        FacilitatorAssigned("f.osei", accredited_until=TODAY),
        RiskAssessed("direct", False, "f.osei", STALKING),
    ],
)
async def test_a_sender_cannot_state_what_the_register_says(
    staff: StaffQueries, stated: FacilitatorAssigned | RiskAssessed
) -> None:
    with pytest.raises(RecordRefused) as refused:
        await fill_from_register(staff, LEAD, stated, TODAY)
    assert refused.value.code is Refusal.FROM_STAFF_REGISTER


@pytest.mark.parametrize(
    ("named", "made_by", "specialist_in"),
    [
        ("f.osei", "f.osei", STALKING),
        ("f.past", "f.past", frozenset[Flag]()),
        ("", "s.lindqvist", frozenset[Flag]()),
    ],
)
async def test_a_risk_assessment_is_a_specialists_if_the_register_says_so(
    staff: StaffQueries, named: str, made_by: str, specialist_in: frozenset[Flag]
) -> None:
    filled = await fill_from_register(staff, LEAD, RiskAssessed("indirect_only", False, named), TODAY)
    assert filled == RiskAssessed("indirect_only", False, made_by, specialist_in)


async def test_other_events_are_left_as_they_are(staff: StaffQueries) -> None:
    screened = RequestScreened("proceed")
    assert await fill_from_register(staff, LEAD, screened, TODAY) is screened
