"""Situations of section 4 of the process: each with its path, what each person is sent, and its end."""

from dataclasses import replace
from datetime import timedelta

from domain import events as e
from domain.due_events import next_due
from domain.victim_notifications import MessageKind
from domain.vocabulary import (
    Consenter,
    DeadlineKind,
    Disposal,
    Form,
    Stage,
    Step,
)
from tests.domain.victim_walks import ARRANGED, FOUND, REQUEST, SUPERVISOR, Walk, morning, requested

WEEKS = 16


def out_of_court() -> Walk:
    """A request about an out-of-court disposal, referred a week before it was received."""
    referred_on = morning(0).date() - timedelta(days=7)
    request = replace(REQUEST, disposal=Disposal.OUT_OF_COURT, referred_on=referred_on, preferred_form=Form.LETTER)
    return requested(request)


def test_an_out_of_court_disposal_comes_to_its_meeting_and_its_end_within_sixteen_weeks_4_10a() -> None:
    """Situation: out-of-court disposal in 16 weeks."""
    walk = out_of_court()
    assert walk.case.policy.name == "out_of_court"
    walk = walk.then(2, e.RequestScreened("proceed")).then(8, FOUND).facilitated(9).unopposed(10)
    walk = walk.then(14, e.OffenderApproached()).then(20, e.OffenderAnswered("willing"))
    walk = walk.then(30, e.ReadinessAssessed("ready"))
    for whose in (Consenter.VICTIM, Consenter.OFFENDER):
        walk = walk.then(56, e.ConsentRecorded(whose))
    walk = walk.then(56, ARRANGED).then(60, e.MeetingHeld(Form.LETTER, "completed"))
    for weeks in walk.case.policy.follow_ups:
        walk = walk.then(60 + 7 * weeks, e.FollowUpRecorded("none"))
    assert (walk.case.step, walk.case.stage) == (Step.CLOSED, Stage.MEETING_HELD)
    assert walk.case.progress.ended_on is not None
    assert walk.case.progress.ended_on <= walk.case.day_of_request + timedelta(weeks=WEEKS)
    told = [effect.message for _, effect in walk.to_victim]
    assert told[0] is MessageKind.ACKNOWLEDGED
    assert told.count(MessageKind.MILESTONE) >= 4
    waits = {wait.key for wait in walk.case.progress.waits}
    assert waits == set()


def test_a_supervisor_is_warned_before_the_sixteen_weeks_end_and_nothing_closes_by_itself() -> None:
    walk = out_of_court().then(2, e.RequestScreened("proceed"))
    (deadline,) = walk.case.deadlines
    assert (deadline.kind, deadline.on) == (
        DeadlineKind.DISPOSAL_END,
        walk.case.day_of_request + timedelta(weeks=WEEKS),
    )
    walk = walk.until(7 * WEEKS)
    warnings = [effect for effect in walk.to_supervisor if effect.event == e.DeadlineNear.name]
    assert [effect.about for effect in warnings] == [DeadlineKind.DISPOSAL_END]
    assert walk.case.step is Step.TRACING


def test_the_waits_of_an_out_of_court_disposal_are_half_as_long_and_count_from_the_referral() -> None:
    walk = out_of_court()
    screening = walk.case.progress.waits[0]
    assert screening.counted_from == walk.case.day_of_request
    due = next_due(walk.case)
    assert due is not None
    walk = walk.then(1, e.RequestScreened("proceed"))
    assert walk.case.calendar.working_days_between(morning(1).date(), walk.case.progress.waits[0].due_on) == 5
    later = walk.then(2, e.RulesAdopted(1, replace(walk.case.policy, name="out_of_court_2")), SUPERVISOR)
    assert later.case.deadlines == walk.case.deadlines
