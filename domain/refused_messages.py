"""What a person does about a message of an agency that the process refused, so that nothing it says is lost."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.authority import require_asked
from domain.case import Case
from domain.events import AgencyCheckAnswered, ConcernRaised, ConsentRecorded, Record, Withdrawn
from domain.refusals import RecordRefused
from domain.steps import CASEWORKER, SUPERVISOR
from domain.vocabulary import Role

CASEWORKER_DAYS, SUPERVISOR_DAYS = 2, 1
"""Working days within which it is resolved."""


class Resolution(StrEnum):
    """How a refused message was resolved."""

    RECORDED = "recorded"
    """What it says was recorded in another way."""
    NO_ACTION = "no_action"
    """Nothing in it needs to be recorded."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Who resolves a refused message, and by the end of which day."""

    waiting_on: str
    due_on: date


def follow_up_of(case: Case, record: Record, now: datetime) -> FollowUp | None:
    """Who resolves `record`, which `case` refused at the case's time `now`; None: nobody has to.

    An agency that was asked may be right although it came too late: a supervisor looks at objections, withdrawals and
    consents, and at what carries a note. Messages of agencies that were never asked stay in the inbox's list.
    """
    if not record.inbox or record.by.role is not Role.AGENCY:
        return None
    try:
        require_asked(case, record.by)
    except RecordRefused:
        return None
    match record.event:
        case ConcernRaised() | Withdrawn() | ConsentRecorded() | AgencyCheckAnswered(answer="objection"):
            by_supervisor = True
        case _:
            by_supervisor = bool(record.note)
    days = SUPERVISOR_DAYS if by_supervisor else CASEWORKER_DAYS
    due_on = case.calendar.add_working_days(case.calendar.day_of(now), days)
    return FollowUp(SUPERVISOR if by_supervisor else CASEWORKER, due_on)
