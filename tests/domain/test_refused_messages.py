"""Who looks at a message that the process refused (1.5): its sender may be right although it came too late."""

from datetime import date

import pytest

from domain import events as e
from domain.events import Actor, Event, Record
from domain.reasons import Reason
from domain.refused_messages import FollowUp, follow_up_of
from domain.vocabulary import CircumstanceChange, Consenter, Side
from tests.domain.alphabet import CASEWORKER, NEVER_ASKED, PRISON, as_agency
from tests.domain.slices import NOW
from tests.domain.test_safety import start_preparation

FROM_PRISON = as_agency(PRISON)
NOTE = "0b9b7f0e-3f1c-4a52-8f57-3f0d1c9f5a11"


def get_follow_up(event: Event, by: Actor = FROM_PRISON, note: str = "", inbox: int = 7) -> FollowUp | None:
    return follow_up_of(start_preparation(), Record("r-1", event, by, note=note, inbox=inbox), NOW)


@pytest.mark.parametrize(
    "event",
    [
        e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS),
        e.ConcernRaised(Reason.SAFEGUARDING),
        e.Withdrawn(Side.OFFENDER),
        e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"),
        e.ConsentRecorded(Consenter.OFFENDER),
    ],
)
def test_an_objection_a_withdrawal_and_a_consent_are_for_a_supervisor_within_a_working_day(event: Event) -> None:
    """1.5b."""
    assert get_follow_up(event) == FollowUp("supervisor", date(2026, 3, 3))


def test_what_carries_a_note_is_for_a_supervisor() -> None:
    """1.5b."""
    assert get_follow_up(e.ProgressRecorded(), note=NOTE) == FollowUp("supervisor", date(2026, 3, 3))


@pytest.mark.parametrize(
    "event",
    [
        e.AgencyCheckAnswered("no_objection"),
        e.OffenderAnswered("willing"),
        e.CircumstancesChanged(CircumstanceChange.RELEASED),
    ],
)
def test_anything_else_is_for_a_caseworker_within_two_working_days(event: Event) -> None:
    """1.5b."""
    assert get_follow_up(event) == FollowUp("caseworker", date(2026, 3, 4))


def test_nobody_has_to_look_at_what_others_sent() -> None:
    """1.5d: an agency that was never asked; and staff, who read the refusal themselves."""
    objection = e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
    assert get_follow_up(objection, as_agency(NEVER_ASKED)) is None
    assert get_follow_up(objection, CASEWORKER) is None
    assert get_follow_up(objection, inbox=0) is None
