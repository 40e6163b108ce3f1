"""The first contact with the victim (4.11): one working day under enhanced rights, otherwise five."""

from datetime import timedelta
from typing import Any

import pytest

from domain import events as e
from domain.case import Case, active_waits
from domain.due_events import next_due
from domain.events import Record
from domain.policy import PACKAGED, YOUTH
from domain.process import advance
from domain.reasons import Reason
from domain.vocabulary import AgeGroup, Flag, InitiatedBy, Offence, Refusal, Role, TakesPartAs, WaitKey, WaitKind
from domain.waits import Wait
from tests.domain.alphabet import CASEWORKER, PRISON, SUPERVISOR, TIMER, VICTIM, as_agency
from tests.domain.slices import NOW, open_uncontacted
from tests.domain.test_safety import FOUND, refusal, then

TODAY = NOW.date()


def contact_awaited(case: Case) -> Wait | None:
    return next((wait for wait in active_waits(case) if wait.kind is WaitKind.FIRST_CONTACT), None)


def count_working_days(case: Case) -> int:
    wait = contact_awaited(case)
    assert wait is not None
    assert wait.waiting_on == Role.CASEWORKER
    return case.calendar.working_days_between(TODAY, wait.due_on)


@pytest.mark.parametrize(
    ("stated", "within"),
    [
        ({}, 5),
        ({"offender_age_group": AgeGroup.UNDER_18}, 5),
        ({"victim_under_18": True}, 1),
        ({"takes_part_as": TakesPartAs.BEREAVED_FAMILY}, 1),
        ({"flags": frozenset({Flag.STALKING})}, 1),
        ({"offence": Offence.SEXUAL_OFFENCE}, 1),
    ],
)
def test_the_victim_is_contacted_within_the_time_of_their_rights(stated: dict[str, Any], within: int) -> None:
    case = open_uncontacted(**stated)
    assert count_working_days(case) == within
    assert {wait.key for wait in active_waits(case)} == {"screening", "first_contact"}


def test_it_runs_in_parallel_with_whatever_comes_next_until_contact_is_made() -> None:
    case = then(open_uncontacted(), e.RequestScreened("proceed"), FOUND)
    assert contact_awaited(case) is not None
    made = then(case, e.ContactMade())
    assert (contact_awaited(made), made.progress) == (None, case.progress)
    assert then(made, e.ContactMade()).step is case.step, "another one changes nothing"


def test_only_staff_record_it_in_an_open_case() -> None:
    assert refusal(open_uncontacted(), e.ContactMade(), VICTIM) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(open_uncontacted(), e.ContactMade(), as_agency(PRISON)) is Refusal.NOT_BY_THIS_SENDER
    refused = then(open_uncontacted(), e.RequestScreened("refuse", Reason.DUPLICATE))
    assert contact_awaited(refused) is None
    assert refusal(refused, e.ContactMade()) is Refusal.CASE_CLOSED


def test_a_case_that_is_not_contacted_in_time_is_overdue_and_a_supervisor_is_told_again() -> None:
    case, seen = open_uncontacted(), []
    while (coming := next_due(case)) is not None and coming[0].date() <= TODAY + timedelta(days=15):
        case = advance(case, Record(f"timer-{case.version}", coming[1], TIMER), coming[0])
        seen.append((coming[1].name, getattr(coming[1], "wait", "")))
    assert [name for name, wait in seen if wait == "first_contact"] == ["became_overdue", "second_notice"]


def test_a_flag_that_comes_later_leaves_one_working_day() -> None:
    flagged = then(open_uncontacted(), e.FlagsChanged("add", frozenset({Flag.DOMESTIC_ABUSE})))
    assert count_working_days(flagged) == 1
    corrected = then(open_uncontacted(), e.FactsCorrected(takes_part_as=TakesPartAs.BEREAVED_FAMILY))
    assert count_working_days(corrected) == 1
    later = TODAY + timedelta(days=10)
    extended = e.WaitExtended(later, wait=WaitKey("first_contact"))
    longer = then(flagged, (extended, SUPERVISOR))
    again = then(longer, e.FlagsChanged("add", frozenset({Flag.STALKING})))
    wait = contact_awaited(again)
    assert wait is not None
    assert wait.due_on == later, "a supervisor has extended it since"


def test_it_rests_while_the_case_is_on_hold() -> None:
    later = NOW + timedelta(days=7)
    held = then(open_uncontacted(), e.PutOnHold(Reason.ILLNESS))
    assert [wait.key for wait in active_waits(held)] == ["hold"]
    resumed = advance(held, Record("resumed", e.Resumed(), CASEWORKER), later)
    wait = contact_awaited(resumed)
    assert wait is not None
    assert resumed.calendar.working_days_between(later.date(), wait.due_on) == 5


def test_who_is_asked_first_has_been_contacted_by_that() -> None:
    asked = then(open_uncontacted(initiated_by=InitiatedBy.SERVICE), e.VictimAnswered("wants"))
    assert contact_awaited(asked) is None


def test_a_case_that_was_referred_earlier_is_counted_from_then() -> None:
    """4.5c."""
    referred = open_uncontacted(referred_on=TODAY - timedelta(days=14))
    wait = contact_awaited(referred)
    assert wait is not None
    assert wait.due_on < TODAY


def test_a_correction_of_an_end_asks_for_the_contact_that_was_never_made() -> None:
    """1.13."""
    refused = then(open_uncontacted(), e.RequestScreened("refuse", Reason.DUPLICATE))
    assert refused.undo_point is not None
    assert contact_awaited(then(refused, (e.EntryCorrected(refused.undo_point.entry), SUPERVISOR))) is not None


def test_the_victims_code_makes_no_difference_by_route() -> None:
    assert {policy.waits[WaitKind.FIRST_CONTACT].due for policy in (*PACKAGED, YOUTH)} == {5}
    assert {policy.first_contact_enhanced for policy in PACKAGED} == {1}


def test_rights_that_become_known_later_move_the_second_notice_too() -> None:
    """4.11: a supervisor is told again after two working days."""
    case = then(open_uncontacted(), e.FlagsChanged("add", frozenset({Flag.STALKING})))
    wait = contact_awaited(case)
    assert wait is not None
    assert wait.notice_on is not None
    assert (count_working_days(case), case.calendar.working_days_between(TODAY, wait.notice_on)) == (1, 2)
