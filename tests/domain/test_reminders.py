"""Staff remind an agency now, whatever the clock will do on its day."""

from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case, find_wait
from domain.due_events import next_due
from domain.effects import Ask
from domain.events import Actor, Record
from domain.process import advance
from domain.reasons import Reason
from domain.vocabulary import Refusal, Role, WaitKey
from tests.domain.alphabet import CASEWORKER, SERVICE, SUPERVISOR, TIMER, VICTIM
from tests.domain.slices import NOW, open_request
from tests.domain.test_process_table import after, get_refusal, start_trace
from tests.domain.test_undeliverable import TRACE, fail_ask, todo


@pytest.mark.parametrize("who", [CASEWORKER, SUPERVISOR], ids=lambda who: who.role)
def test_a_reminder_goes_out_now_and_is_counted(who: Actor) -> None:
    [sent] = todo(start_trace(), e.Chased(TRACE), who)
    assert isinstance(sent, Ask)
    assert sent.key.endswith(".reminder-1")
    again = after(start_trace(), (e.Chased(TRACE), who), (e.Chased(TRACE), who))
    wait = find_wait(again, TRACE)
    assert wait is not None
    assert wait.chases == 2


def test_the_clock_sends_its_own_reminder_all_the_same() -> None:
    before, chased = (
        find_wait(start_trace(), TRACE),
        find_wait(after(start_trace(), (e.Chased(TRACE), CASEWORKER)), TRACE),
    )
    assert before is not None
    assert chased is not None
    assert (chased.chase_on, chased.due_on) == (before.chase_on, before.due_on)


def test_only_an_agency_that_was_asked_and_can_be_is_reminded() -> None:
    assert get_refusal(open_request(), e.Chased(WaitKey("screening")), CASEWORKER) is Refusal.NOT_ASKED
    assert get_refusal(start_trace(), e.Chased(WaitKey("weather")), CASEWORKER) is Refusal.UNKNOWN_WAIT
    assert get_refusal(fail_ask(start_trace(), TRACE), e.Chased(TRACE), CASEWORKER) is Refusal.ALREADY_FAILED
    on_hold = after(start_trace(), (e.PutOnHold(Reason.ILLNESS), CASEWORKER))
    assert get_refusal(on_hold, e.Chased(TRACE), CASEWORKER) is Refusal.ON_HOLD


@pytest.mark.parametrize("who", [VICTIM, SERVICE, Actor(Role.AGENCY, "x")], ids=lambda who: who.role)
def test_nobody_else_reminds(who: Actor) -> None:
    assert get_refusal(start_trace(), e.Chased(TRACE), who) is Refusal.NOT_BY_THIS_SENDER


def list_timer_events(case: Case, days: int) -> list[tuple[int, str, str]]:
    """What the clock records within `days`: the day, the event and the wait."""
    found, now = [], NOW
    while (due := next_due(case)) is not None and due[0] <= NOW + timedelta(days=days):
        now = max(now, due[0])
        case = advance(case, Record(f"entry-{case.version + 1}", due[1], TIMER), now)
        found.append(((now.date() - NOW.date()).days, due[1].name, getattr(due[1], "wait", "")))
    return found


def test_once_overdue_an_agency_is_reminded_every_week_until_it_answers() -> None:
    """3.5."""
    days = [day for day, event, wait in list_timer_events(start_trace(), 70) if (event, wait) == ("chased", TRACE)]
    overdue = next(day for day, event, _ in list_timer_events(start_trace(), 70) if event == "became_overdue")
    assert days[0] < overdue
    assert days[1:] == list(range(overdue + 7, 70, 7))


def test_weekly_reminders_end_with_an_extension_and_are_none_for_what_cannot_be_delivered() -> None:
    """3.5."""
    overdue = [
        entry for entry in list_timer_events(fail_ask(start_trace(), TRACE), 70) if entry[1:] == ("chased", TRACE)
    ]
    assert overdue == []
    extended = e.WaitExtended(NOW.date() + timedelta(days=60), wait=TRACE)
    days = [
        day
        for day, event, wait in list_timer_events(after(start_trace(), (extended, SUPERVISOR)), 80)
        if event == "chased"
    ]
    assert days == [67, 74]


def test_staff_are_not_reminded_weekly() -> None:
    """3.5: supervisors see what is overdue in the list."""
    assert [entry for entry in list_timer_events(open_request(), 60) if entry[1] == "chased"] == []
