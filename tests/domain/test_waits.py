"""A wait is a review timer: chased, overdue, reported again, extended and paused, and never a deadline."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.policy import ADULT, YOUTH, Unit
from domain.vocabulary import WaitKey, WaitKind
from domain.waits import Wait, create_wait, renew, set_due, shift_after_hold

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHECK = ADULT.waits[WaitKind.AGENCY_CHECK]


def a_check() -> Wait:
    return create_wait(WaitKey("agency_check:prison"), "prison", CHECK, NOW, 3, CALENDAR)


@pytest.mark.parametrize(
    ("kind", "chase", "due", "notice"),
    [
        (WaitKind.VICTIM_ANSWER, None, 15, 30),
        (WaitKind.SCREENING, None, 5, 10),
        (WaitKind.TRACE, 5, 10, 20),
        (WaitKind.AGENCY_CHECK, 10, 20, 30),
        (WaitKind.APPROACH, 10, 15, 25),
        (WaitKind.TECHNICAL_PROBLEM, None, 2, 5),
        (WaitKind.OFFENDER_ANSWER, 3, 4, 8),
        (WaitKind.ASSESSMENT, 4, 6, 10),
        (WaitKind.READINESS_REVIEW, None, 12, None),
        (WaitKind.PREPARATION, None, 4, 8),
    ],
)
def test_an_adults_waits_last_what_the_table_says_and_a_young_persons_half(
    kind: WaitKind, chase: int | None, due: int, notice: int | None
) -> None:
    adult, youth = ADULT.waits[kind], YOUTH.waits[kind]
    assert (adult.chase, adult.due, adult.notice) == (chase, due, notice)
    assert youth.due == -(-due // 2)
    assert youth.chase == (None if chase is None else -(-chase // 2))


def test_weeks_are_for_people_and_working_days_for_agencies() -> None:
    assert ADULT.waits[WaitKind.OFFENDER_ANSWER].unit is Unit.WEEKS
    assert CHECK.unit is Unit.WORKING_DAYS


def test_a_check_is_chased_after_ten_working_days_and_due_after_twenty() -> None:
    wait = a_check()
    assert (wait.chase_on, wait.due_on) == (date(2026, 3, 16), date(2026, 3, 30))
    assert wait.notice_on == date(2026, 4, 15), "Good Friday and Easter Monday are skipped"


def test_a_renewed_wait_is_counted_afresh_and_remembers_its_reminders() -> None:
    chased = create_wait(WaitKey("agency_check:prison"), "prison", CHECK, NOW, 3, CALENDAR)
    later = NOW + timedelta(days=20)
    wait = renew(chased, CHECK, later, CALENDAR)
    assert (wait.since, wait.counted_from, wait.asked) == (NOW, later.date(), 3)


def test_an_extended_wait_is_not_overdue_and_is_noticed_as_long_after_as_before() -> None:
    wait = set_due(a_check(), date(2026, 6, 1), CHECK, CALENDAR)
    assert (wait.due_on, wait.chase_on, wait.is_overdue) == (date(2026, 6, 1), None, False)
    assert wait.notice_on == CALENDAR.add_working_days(date(2026, 6, 1), 10)


def test_a_hold_over_easter_leaves_as_many_working_days_as_there_were() -> None:
    held_on, resumed = date(2026, 3, 16), datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    wait = shift_after_hold(a_check(), held_on, resumed, 8, CALENDAR)
    assert wait.due_on == CALENDAR.add_working_days(date(2026, 4, 1), 10) == date(2026, 4, 17)
    assert wait.asked == 8


def test_a_hold_of_a_wait_in_weeks_keeps_its_calendar_days() -> None:
    thinking = create_wait(
        WaitKey("offender_answer:prison"), "prison", ADULT.waits[WaitKind.OFFENDER_ANSWER], NOW, 3, CALENDAR
    )
    wait = shift_after_hold(thinking, date(2026, 3, 9), datetime(2026, 5, 9, 9, 0, tzinfo=UTC), 8, CALENDAR)
    assert wait.due_on == date(2026, 5, 9) + timedelta(days=21)


def test_staff_are_not_asked_by_us() -> None:
    assert create_wait(WaitKey("screening"), "caseworker", ADULT.waits[WaitKind.SCREENING], NOW, 3, CALENDAR).asked == 0
