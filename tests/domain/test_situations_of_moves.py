"""Situations in which a case changes hands, or goes on after an end: path, what each person is sent, and the end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain import events as e
from domain.case import Case
from domain.effects import NotifyVictim
from domain.events import Continuation
from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import CaseRef, Form, Refusal, Side, Stage, Step, TakesPartAs
from tests.domain.alphabet import OTHER_SUPERVISOR
from tests.domain.slices import NOW, consented, opened
from tests.domain.test_safety import (
    ARRANGED,
    CONCERN,
    FROM_PRISON,
    NO_CONCERN,
    answer_checks,
    approaching,
    effects_of,
    preparing,
    refusal,
    scheduled,
    then,
    waits,
)

HELD = e.MeetingHeld(Form.FACE_TO_FACE, "completed")


def continued(ended: Case, **stated: Any) -> Case:
    """The case that takes up the request of `ended`, as its case file describes it."""
    progress = ended.progress
    assert progress.ended_on is not None
    continuation = Continuation(
        ended.ref,
        ended.stage,
        progress.ended_on,
        progress.reason,
        from_stage=Stage.READINESS_ASSESSED,
        whereabouts=progress.whereabouts,
        responsible_agency=progress.responsible_agency,
        flags=ended.flags,
        asked=ended.asked,
        is_blocked=any(concern.result in (None, "decline") for concern in ended.concerns),
    )
    return consented(opened(continues=continuation, **stated))


def messages_of(case: Case, event: e.Event) -> list[MessageKind]:
    return [effect.message for effect in effects_of(case, event) if isinstance(effect, NotifyVictim)]


def test_the_victim_dies_and_the_sister_continues_the_case() -> None:
    """Nothing is sent to the victim's side, the day is cancelled at once, and the family may go on at once."""
    reported = then(scheduled(), e.DeathReported(Side.VICTIM))
    assert (reported.step, reported.progress.arrangement) == (Step.PREPARING, None)
    assert messages_of(reported, e.DeathConfirmed(Side.VICTIM)) == []
    ended = then(reported, e.DeathConfirmed(Side.VICTIM))
    assert (ended.stage, ended.progress.reason) == (Stage.DECLINED, Reason.VICTIM_DIED)
    again = continued(ended, takes_part_as=TakesPartAs.BEREAVED_FAMILY)
    assert again.consents, "fresh ones, of the sister and of the offender"
    assert set(again.asked) >= set(ended.asked)
    assert again.step is Step.ASSESSING
    held = then(answer_checks(again), e.ReadinessAssessed("ready"), ARRANGED, HELD)
    assert held.stage is Stage.MEETING_HELD


def test_of_two_offenders_one_says_yes_and_one_no() -> None:
    """Each is a case of its own: no event crosses, and the victim is told of each end for itself."""
    yes, no = approaching(incident="CR-1"), replace(approaching(incident="CR-1"), ref=CaseRef("RJ-8R3M-2K4P"))
    refused = then(no, e.OffenderApproached(), e.OffenderAnswered("unwilling"))
    assert (refused.stage, refused.progress.reason) == (Stage.DECLINED, Reason.OFFENDER_DECLINED)
    willing = then(yes, e.OffenderApproached(), e.OffenderAnswered("willing"), e.ReadinessAssessed("ready"))
    held = then(answer_checks(willing), ARRANGED, HELD)
    assert held.stage is Stage.MEETING_HELD
    approached = then(no, e.OffenderApproached())
    assert messages_of(approached, e.OffenderAnswered("unwilling")) == [], "a caseworker tells them first"
    assert any(wait.startswith("tell") for wait in waits(refused))


def test_a_concern_after_the_end_is_open_in_the_case_that_takes_the_request_up_again() -> None:
    """Unsafe path: the agency's concern arrives after the withdrawal; nobody is approached before it is decided."""
    ended = then(preparing(), e.Withdrawn(Side.VICTIM))
    raised = then(ended, (CONCERN, FROM_PRISON))
    assert any(wait.startswith("concern") for wait in waits(raised))
    again = continued(raised)
    assert any(wait.startswith("concern") for wait in waits(again))
    assert refusal(again, ARRANGED) in (Refusal.CONCERN_OPEN, Refusal.NOT_ALLOWED_NOW)
    decided = then(raised, (NO_CONCERN, OTHER_SUPERVISOR))
    assert not any(wait.startswith("concern") for wait in waits(continued(decided)))


def test_a_meeting_that_was_stopped_is_followed_by_another_three_weeks_later() -> None:
    """The stop alerts a supervisor; both are assessed again; the second contact is held and followed up by itself."""
    stopped = then(scheduled(), e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety"))
    later = NOW + timedelta(weeks=3)
    planned = then(stopped, e.AnotherContactPlanned(Form.FACE_TO_FACE), now=later)
    assert {"assessment:offender", "assessment:victim", "follow_up:1-1"} <= waits(planned)
    day = e.MeetingArranged(Form.FACE_TO_FACE, later.date() + timedelta(days=3))
    held = then(then(planned, e.ReadinessAssessed("ready"), day, now=later), HELD, now=later + timedelta(days=3))
    assert {"follow_up:1-1", "follow_up:2-1"} <= waits(held)
    assert then(held, e.FollowUpEnded(), now=later + timedelta(days=30)).stage is Stage.MEETING_HELD
