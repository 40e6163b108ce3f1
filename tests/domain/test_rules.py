"""4.10: a case carries its rules as values, and days are London's by the arithmetic of its calendar."""

import ast
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from domain import events as e
from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.case import Case
from domain.due_events import due_now, next_due
from domain.events import Record
from domain.intake import open_case
from domain.json_values import to_json
from domain.policy import ADULT, COMMUNITY_RESOLUTION, OUT_OF_COURT, PACKAGED, YOUTH, Policy, find_policy_problems
from domain.process import advance
from domain.refused_messages import FollowUp
from domain.rules import PROCESS_VERSIONS, Rules
from domain.values import replace
from domain.vocabulary import AgeGroup, Disposal, WaitKind
from tests.domain.alphabet import CASEWORKER, SERVICE, TIMER
from tests.domain.slices import NOW, REF, make_request, open_request
from workflows.case_log import CaseLog

DOMAIN = Path(__file__).parents[2] / "domain"
LONDON = ZoneInfo("Europe/London")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_the_packaged_policies_are_sound() -> None:
    assert {policy.label: find_policy_problems(policy) for policy in PACKAGED} == {p.label: () for p in PACKAGED}


@pytest.mark.parametrize(
    ("stated", "policy"),
    [
        ({}, ADULT),
        ({"offender_age_group": AgeGroup.UNDER_18}, YOUTH),
        ({"disposal": Disposal.PRE_SENTENCE}, ADULT),
        ({"disposal": Disposal.OUT_OF_COURT}, OUT_OF_COURT),
        ({"disposal": Disposal.COMMUNITY_RESOLUTION}, COMMUNITY_RESOLUTION),
    ],
)
def test_route_and_disposal_choose_the_policy(stated: dict[str, Any], policy: Policy) -> None:
    """4.10a."""
    assert open_request(**stated).policy == policy


def test_a_supervisor_is_warned_before_the_sixteen_weeks_end_and_nothing_closes_by_itself() -> None:
    """4.10a: counted from the day of the referral."""
    case = open_request(disposal=Disposal.OUT_OF_COURT, referred_on=NOW.date() - timedelta(days=7))
    (deadline,) = case.deadlines
    assert deadline.on == NOW.date() + timedelta(weeks=15)
    warnings = []
    while (due := next_due(case)) is not None and due[0].date() <= deadline.on:
        case = advance(case, Record(f"entry-{case.version + 1}", due[1], TIMER), due[0])
        warnings += [due[0].date()] if isinstance(due[1], e.DeadlineNear) else []
    assert warnings == [deadline.on - timedelta(weeks=case.policy.deadline_warning)]
    assert not case.is_closed


def test_the_waits_of_an_out_of_court_disposal_are_half_as_long_and_count_from_the_referral() -> None:
    """4.5c, 4.10a."""
    case = open_request(disposal=Disposal.OUT_OF_COURT, referred_on=NOW.date() - timedelta(days=7))
    assert case.progress.waits[0].counted_from == case.day_of_request
    proceed = Record("entry-2", e.RequestScreened("proceed"), CASEWORKER)
    (trace,) = advance(case, proceed, NOW).progress.waits
    assert case.calendar.working_days_between(NOW.date(), trace.due_on) == 5


def test_a_case_is_read_back_with_its_whole_policy_and_calendar() -> None:
    case = open_request()
    assert TypeAdapter(Case).validate_python(to_json(case)) == case
    assert case.rules.policy.waits[WaitKind.TRACE].due == 10


def test_a_case_keeps_the_policy_it_began_under_whatever_is_packaged_later() -> None:
    case = open_case(REF, Record("opening", make_request(), CASEWORKER), NOW, Rules(1, YOUTH, CALENDAR))
    assert case.policy is YOUTH
    kept = advance(case, Record("2", e.RulesAdopted(1), SERVICE), NOW)
    assert kept.policy is YOUTH


def test_the_core_looks_no_policy_and_no_calendar_up_by_name() -> None:
    """4.10c."""
    for path in DOMAIN.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not read & {"POLICIES", "CALENDARS"} or path.name == "calendar.py", path


def test_another_version_decides_who_may_ask_when_a_case_is_over_and_who_looks_at_what_it_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """4.10c, for the process: a workflow reads all that decides from the case, so that its history can be replayed."""
    opened = open_request()
    strict = replace(
        opened.rules.process,
        receive_request=lambda *_: replace(opened, assigned_to="staff-7"),
        is_over=lambda *_: True,
        follow_up_of=lambda *_: FollowUp("supervisor", NOW.date()),
    )
    monkeypatch.setitem(PROCESS_VERSIONS, 2, strict)
    log = CaseLog(REF, Rules(2, YOUTH, CALENDAR))
    assert log.apply(Record("opening", make_request(), CASEWORKER), NOW).version == 1
    assert log.case is not None
    assert log.case.assigned_to == "staff-7"
    log.case = replace(log.case, rules=Rules(2, YOUTH, CALENDAR))
    log.apply(Record("resumed", e.Resumed(), CASEWORKER), NOW)
    assert [refused.waiting_on for refused in log.refused] == ["supervisor"]
    assert log.case.rules.process.is_over(log.case, NOW)


@pytest.mark.parametrize("changes_on", [SPRING, AUTUMN])
def test_a_date_passes_at_six_in_london_before_and_after_both_clock_changes(changes_on: date) -> None:
    """4.10d; situation: both clock changes at 18:00."""
    for days in range(-3, 4):
        day = changes_on + timedelta(days=days)
        end = CALENDAR.end_of(day)
        assert end.astimezone(LONDON).isoformat()[:16] == f"{day}T18:00"
        assert not CALENDAR.has_passed(day, end - timedelta(seconds=1))
        assert CALENDAR.has_passed(day, end)


@pytest.mark.parametrize("changes_on", [SPRING, AUTUMN])
def test_a_wait_that_ends_around_a_clock_change_is_overdue_at_six_in_london(changes_on: date) -> None:
    """4.10d: screening is due on the Monday after the clocks change, and on the Friday before."""
    for due_on in (changes_on - timedelta(days=2), changes_on + timedelta(days=1)):
        start = datetime.combine(CALENDAR.subtract_working_days(due_on, 5), datetime.min.time(), UTC)
        case = open_request(start + timedelta(hours=9))
        due = next_due(case)
        assert due is not None
        moment, event = due
        assert event == e.BecameOverdue(case.progress.waits[0].key)
        assert moment.astimezone(LONDON).isoformat()[:16] == f"{due_on}T18:00"
        assert due_now(case, moment - timedelta(minutes=1)) is None
        overdue = advance(case, Record("timer-1", event, TIMER), moment)
        assert overdue.progress.waits[0].overdue_since == due_on


@pytest.mark.parametrize("year", range(2020, 2040))
def test_london_time_is_that_of_the_zone_data_in_every_hour_around_the_changes(year: int) -> None:
    for month in (3, 10):
        for hour in range(24 * 31):
            moment = datetime(year, month, 1, tzinfo=UTC) + timedelta(hours=hour)
            assert CALENDAR.to_london(moment).replace(tzinfo=None) == moment.astimezone(LONDON).replace(tzinfo=None)


def test_half_past_midnight_in_summer_is_that_day_in_london() -> None:
    case = open_request(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert case.progress.waits[0].counted_from == date(2026, 7, 1)
