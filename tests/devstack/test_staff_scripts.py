"""What staff do in the demonstration depends on the present case, on its days, and on nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devstack.sample_staff import caseworker_in
from devstack.staff_scripts import BadScriptError, Script, next_staff_event, read_script
from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.case import Arrangement, Case, active_waits
from domain.events import (
    Actor,
    ContactMade,
    MeetingArranged,
    Reassigned,
    Record,
    RequestReceived,
    RequestScreened,
    Resumed,
    TransferAccepted,
    TransferProposed,
    VictimTold,
)
from domain.intake import open_case
from domain.policy import Unit, WaitPolicy
from domain.process import advance
from domain.reasons import Reason
from domain.vocabulary import AgeGroup, CaseRef, Form, InitiatedBy, Role, Step, TakesPartAs, WaitKind, wait_key
from domain.waits import create_wait

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOTHING = read_script("EM-1")


def open_new_case() -> Case:
    request = RequestReceived("eastmoor", InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
    return open_case(CaseRef("RJ-2222-3333"), Record("request", request, Actor(Role.SERVICE)), MONDAY)


def open_assigned_case() -> Case:
    """A case that somebody has, whose victim was contacted."""
    return replace(open_new_case(), assigned_to="c.okafor", first_contact=None)


def after(script: Script, case: Case, days: int, done: frozenset[str] = frozenset()) -> Record | None:
    return next_staff_event(script, case, MONDAY + timedelta(days=days), done)


def test_a_new_case_is_given_to_a_caseworker_of_its_area_who_is_in_the_register() -> None:
    record = after(NOTHING, open_new_case(), 0)
    assert record is not None
    assert record.event == Reassigned("c.okafor")
    assert record.by.role is Role.SUPERVISOR
    assert advance(open_new_case(), record, MONDAY).assigned_to == "c.okafor"


def test_where_nobody_works_alone_somebody_who_works_everywhere_has_the_case() -> None:
    assert caseworker_in("avonside") == "g.novak"


def test_staff_do_nothing_before_the_day_of_their_habit() -> None:
    assert after(NOTHING, open_assigned_case(), 1) is None


def test_staff_do_what_is_usual_as_the_person_the_wait_is_on() -> None:
    record = after(NOTHING, open_assigned_case(), 2)
    assert record is not None
    assert record.event == RequestScreened("proceed")
    assert record.by == Actor(Role.CASEWORKER, "caseworker-eastmoor")


def test_staff_tell_the_victim_how_a_request_ended() -> None:
    declined = Record("screened", RequestScreened("refuse", Reason.OUTSIDE_AREA), Actor(Role.CASEWORKER, "c.okafor"))
    closed = advance(open_assigned_case(), declined, MONDAY)

    assert after(NOTHING, closed, 0) is None
    record = after(NOTHING, closed, 1)
    assert record is not None
    assert isinstance(record.event, VictimTold)
    assert [wait.kind for wait in active_waits(closed)] == [WaitKind.TELL]
    assert active_waits(advance(closed, record, MONDAY + timedelta(days=1))) == ()


def test_looking_twice_at_the_same_case_gives_the_same_record() -> None:
    case = open_assigned_case()
    assert after(NOTHING, case, 2) == after(NOTHING, case, 3)


def test_a_record_is_for_the_version_that_was_looked_at() -> None:
    record = after(NOTHING, open_assigned_case(), 2)
    assert record is not None
    assert record.expected_version == 1


def test_the_victim_is_contacted_on_the_day_of_the_request() -> None:
    """4.11: so no case is stuck for want of it."""
    record = after(NOTHING, replace(open_new_case(), assigned_to="c.okafor"), 0)
    assert record is not None
    assert record.event == ContactMade()


def test_staff_rest_at_weekends() -> None:
    assert after(NOTHING, open_assigned_case(), 5) is None
    assert after(NOTHING, open_assigned_case(), 7) is not None


def test_an_agencys_wait_is_left_to_the_agency() -> None:
    case = open_assigned_case()
    screened = after(NOTHING, case, 2)
    assert screened is not None
    traced = advance(case, screened, MONDAY + timedelta(days=2))
    assert traced.step is Step.TRACING
    assert after(NOTHING, traced, 30) is None


def test_while_a_play_is_to_come_its_wait_is_left_to_it() -> None:
    script = read_script("EM-1", [{"on": "screening", "after": 9, "event": "withdrawn", "data": {"whose": "victim"}}])
    assert after(script, open_assigned_case(), 7) is None
    record = after(script, open_assigned_case(), 9)
    assert record is not None
    assert (record.id, record.event.name) == ("demo:EM-1:1:withdrawn:v1", "withdrawn")


def test_after_its_plays_a_wait_is_treated_as_usual() -> None:
    script = read_script("EM-1", [{"on": "screening", "after": 1, "event": "progress_recorded"}])
    done = frozenset({"demo:EM-1:1:progress_recorded:v1"})
    record = after(script, open_assigned_case(), 2, done)
    assert record is not None
    assert record.event == RequestScreened("proceed")


def test_a_play_without_an_event_leaves_its_wait_for_ever() -> None:
    script = read_script("EM-1", [{"on": "screening", "after": 0, "event": None}])
    assert after(script, open_assigned_case(), 200) is None


def test_a_case_that_rests_is_resumed_on_its_day_and_not_touched_before() -> None:
    script = read_script("EM-1", ["on_hold_before_screening"])
    case = open_assigned_case()
    hold = after(script, case, 1)
    assert hold is not None
    held = advance(case, hold, MONDAY + timedelta(days=1))
    done = frozenset({hold.id})
    assert after(script, held, 28, done) is None
    record = after(script, held, 29, done)
    assert record is not None
    assert record.event == Resumed()


def test_a_play_may_be_for_the_last_working_day_before_the_meeting() -> None:
    action = {"on": "meeting", "after": 0, "before": 1, "event": "withdrawn", "data": {"whose": "victim"}}
    script, day = read_script("EM-1", [action]), (MONDAY + timedelta(days=14)).date()
    wait = create_wait(wait_key(WaitKind.MEETING), "caseworker", WaitPolicy(Unit.FIXED, due=0), MONDAY, 1, CALENDAR)
    progress = replace(
        open_assigned_case().progress, step=Step.SCHEDULED, arrangement=Arrangement(Form.LETTER, day), waits=(wait,)
    )
    case = replace(open_assigned_case(), progress=progress)
    assert after(script, case, 10) is None
    record = after(script, case, 11)
    assert record is not None
    assert record.event.name == "withdrawn", "a Friday, as the meeting is on a Monday"


def test_a_transfer_is_accepted_by_a_supervisor_of_the_other_area_and_given_to_a_caseworker_there() -> None:
    proposed = Record("proposed", TransferProposed("southmere", consent=True), Actor(Role.CASEWORKER, "c.okafor"))
    case = advance(open_assigned_case(), proposed, MONDAY)
    record = after(read_script("EM-1", [{"on": "screening", "after": 0, "event": None}]), case, 2)
    assert record is not None
    assert (record.event, record.by) == (TransferAccepted(), Actor(Role.SUPERVISOR, "supervisor-southmere"))
    there = after(NOTHING, advance(case, record, MONDAY + timedelta(days=2)), 2)
    assert there is not None
    assert there.event == Reassigned("e.ruiz")


def test_dates_of_a_play_are_counted_from_its_day_to_a_working_day() -> None:
    action = {"on": "screening", "after": 2, "event": "meeting_arranged", "data": {"day": "+10"}}
    record = after(read_script("EM-1", [action]), open_assigned_case(), 2)
    assert record is not None
    assert isinstance(record.event, MeetingArranged)
    assert record.event.day.isoformat() == "2026-12-07", "ten days on is a Saturday"


@pytest.mark.parametrize(
    "action",
    [
        "no_such_variant",
        7,
        {},
        {"on": "screening", "after": 1, "event": "no_such_event"},
        {"on": "no_such_wait", "after": 1, "event": None},
        {"on": "screening", "after": "soon", "event": None},
        {"on": "screening", "after": 1, "event": None, "by": "victim"},
        {"on": "screening", "after": 1, "event": None, "when": "later"},
    ],
)
def test_a_play_that_cannot_be_played_is_named_when_the_script_is_read(action: object) -> None:
    with pytest.raises(BadScriptError):
        read_script("EM-1", [action])
