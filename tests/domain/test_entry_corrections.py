"""A correction undoes an entry and nothing else (1.13): each part of the process state, and what became known since."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta

import pytest

from domain import events as e
from domain.case import AgencyCheck, Case, ProcessState, all_waits
from domain.due_events import next_due
from domain.effects import CancelAsk, asks
from domain.events import Record
from domain.guard import blocks_contact
from domain.process import advance
from domain.reasons import Reason
from domain.steps import checks_outstanding
from domain.vocabulary import (
    DIRECT_FORMS,
    AgeGroup,
    AgencyRef,
    CircumstanceChange,
    Flag,
    Form,
    Refusal,
    Side,
    Step,
    WaitKind,
    Whereabouts,
    wait_key,
)
from tests.domain.alphabet import ANOTHER, PRISON, PROBATION, SUPERVISOR, TIMER, as_agency, on_behalf
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    FOUND,
    READY,
    TODAY,
    WILLING,
    answer_checks,
    effects_of,
    find_unsupervised,
    refusal,
    schedule,
    start_approach,
    start_preparation,
    then,
)

MOVED = e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER, Whereabouts.COMMUNITY_SUPERVISED)
RULES_OUT = e.ReadinessAssessed("unsuitable", Side.VICTIM, Reason.DENIES_RESPONSIBILITY, forms=DIRECT_FORMS)
PLANNED = e.AnotherContactPlanned(Form.FACE_TO_FACE)


def correct(case: Case) -> Case:
    """The case once its last change of step is undone."""
    assert case.undo_point is not None
    return then(case, (e.EntryCorrected(case.undo_point.entry), SUPERVISOR))


def is_cleared_by(case: Case, agency: AgencyRef) -> bool:
    return any(check.agency == agency and check.cleared_on for check in case.progress.checks)


def keeps_a_void_clearance_void() -> None:
    reflecting = then(start_approach(), e.OffenderApproached())
    back = correct(then(reflecting, MOVED))
    assert back.step is Step.AGENCY_CHECK
    assert not is_cleared_by(back, ANOTHER)
    assert not is_cleared_by(back, PRISON)


def undoes_a_clearance() -> None:
    back = correct(start_approach())
    assert len(checks_outstanding(back)) == 1
    assert [block.code for block in blocks_contact(back, None, TODAY)] == [Refusal.CHECK_OUTSTANDING]


def keeps_who_is_responsible_and_where_the_offender_is() -> None:
    moved = answer_checks(then(start_approach(), e.OffenderApproached(), MOVED))
    back = correct(moved)
    assert (back.progress.responsible_agency, back.progress.whereabouts) == (ANOTHER, Whereabouts.COMMUNITY_SUPERVISED)
    assert [(ask.agency, ask.question) for ask in asks(back)] == [(ANOTHER, "approach")]
    untraced = correct(then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND))
    assert (untraced.progress.responsible_agency, untraced.progress.whereabouts) == (None, None)


def keeps_what_else_may_answer() -> None:
    both = replace(MOVED, responsible_agency=PRISON, whereabouts=Whereabouts.CUSTODY, may_also_answer=PROBATION)
    back = correct(answer_checks(then(find_unsupervised(e.OffenderApproached()), both)))
    assert {ask.agency for ask in asks(back)} == {PRISON, PROBATION}


def keeps_the_forms_that_were_ruled_out_since() -> None:
    ready = then(find_unsupervised(*WILLING), e.ReadinessAssessed("ready", Side.OFFENDER))
    assert correct(then(ready, RULES_OUT)).progress.ruled_out == DIRECT_FORMS
    offender = replace(RULES_OUT, whose=Side.OFFENDER)
    unsuitable = then(find_unsupervised(*WILLING), offender)
    assert correct(unsuitable).progress.ruled_out == frozenset(), "the entry itself is undone"
    assert correct(then(unsuitable, RULES_OUT)).progress.ruled_out == DIRECT_FORMS, "both said so"


def keeps_limited_access() -> None:
    limited = replace(FOUND, limited_access=True)
    assert correct(then(give_consents(open_request()), e.RequestScreened("proceed"), limited)).progress.limited_access


def keeps_an_assessment_since_and_none_that_was_reopened() -> None:
    offender = then(find_unsupervised(*WILLING), e.ReadinessAssessed("ready", Side.OFFENDER))
    back = correct(then(offender, e.ReadinessAssessed("ready", Side.VICTIM)))
    assert back.progress.ready == {Side.VICTIM}
    assert [wait.key for wait in back.progress.waits if wait.kind == "assessment"] == ["assessment:offender"]
    letters = then(find_unsupervised(*READY), e.FormChanged(Form.LETTER))
    held = then(letters, e.MeetingHeld(Form.LETTER, "completed"), replace(PLANNED, form=Form.LETTER))
    assert correct(then(held, e.FormChanged(Form.VIDEO))).progress.ready == frozenset()


def takes_the_day_of_the_older_assessment() -> None:
    later = NOW + timedelta(days=30)
    offender = then(find_unsupervised(*WILLING), e.ReadinessAssessed("ready", Side.OFFENDER))
    back = correct(then(offender, e.ReadinessAssessed("ready", Side.VICTIM), now=later))
    assert back.progress.ready_on in (TODAY, later.date())
    assert correct(offender).progress.ready_on is None


def keeps_the_follow_ups_that_were_done_since() -> None:
    planned = then(start_preparation(), e.MeetingHeld(Form.FACE_TO_FACE, "completed"), PLANNED)
    back = correct(then(planned, e.FollowUpRecorded("met")))
    assert [held.follow_ups for held in back.progress.contacts] == [1]
    assert [wait.key for wait in back.progress.waits] == ["follow_up:1-2"]
    undone = correct(
        then(start_preparation(), e.MeetingHeld(Form.FACE_TO_FACE, "completed"), e.FollowUpRecorded("met"))
    )
    assert undone.progress.contacts == ()
    assert "follow_up" not in {wait.kind for wait in undone.progress.waits}


def never_restores_a_meeting_day() -> None:
    held = correct(then(schedule(), e.MeetingHeld(Form.FACE_TO_FACE, "completed", on=TODAY)))
    assert (held.step, held.progress.arrangement) == (Step.PREPARING, None)
    assert correct(schedule()).progress.arrangement is None


def corrects_the_route_of_facts_that_were_corrected_since() -> None:
    traced = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    back = correct(then(traced, e.FactsCorrected(offender_age_group=AgeGroup.UNDER_18)))
    assert back.step is Step.TRACING
    assert back.progress.route == ("youth_offending_team",)


def asks_again_what_ended_and_leaves_what_ran_on() -> None:
    checking = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)
    early = then(checking, e.OffenderApproached())
    assert early.undo_point is not None
    todo = effects_of(early, e.EntryCorrected(early.undo_point.entry), SUPERVISOR)
    assert [effect.key for effect in todo if isinstance(effect, CancelAsk)] == [
        f"{ask.key}.cancel" for ask in asks(early) if ask.question == "offender_answer"
    ], "the checks were never interrupted"
    cleared = correct(answer_checks(early))
    assert cleared.step is Step.APPROACHING, "all have answered meanwhile"


def undoes_an_end() -> None:
    ended = then(start_preparation(), e.Withdrawn(Side.OFFENDER, Reason.OFFENDER_WITHDREW))
    back = correct(ended)
    progress = back.progress
    assert (progress.reason, progress.reason_given, progress.ended_on, progress.ended_by) == (None, None, None, "")
    assert (back.stage, back.step) == ("readiness_assessed", Step.PREPARING)
    deferred = then(find_unsupervised(*WILLING), e.ReadinessAssessed("not_yet", Side.OFFENDER, Reason.THERAPY_FIRST))
    assert (correct(deferred).progress.reason, correct(deferred).progress.reason_of) == (None, None)


def undoes_a_yes_that_may_be_told() -> None:
    told = then(start_approach(), e.OffenderApproached(), e.OffenderAnswered("willing", may_be_told=True))
    assert told.progress.yes_told
    assert not correct(told).progress.yes_told


def is_refused_after_a_death() -> None:
    died = then(start_preparation(), e.DeathReported(Side.VICTIM), e.DeathConfirmed(Side.VICTIM))
    assert died.progress.victim_died
    assert refusal(died, e.EntryCorrected(f"entry-{died.version}"), SUPERVISOR) is Refusal.NOT_ALLOWED_NOW


def says_again_that_the_case_was_reopened() -> None:
    reopened = find_unsupervised()
    reopened = replace(reopened, progress=replace(reopened.progress, reopened=True))
    approached = then(reopened, e.OffenderApproached())
    assert not approached.progress.reopened
    assert correct(approached).progress.reopened


DECISIONS: dict[str, tuple[Callable[[], None], ...]] = {
    "stage": (undoes_an_end,),
    "step": (undoes_an_end, asks_again_what_ended_and_leaves_what_ran_on),
    "waits": (asks_again_what_ended_and_leaves_what_ran_on, keeps_the_follow_ups_that_were_done_since),
    "route": (corrects_the_route_of_facts_that_were_corrected_since,),
    "whereabouts": (keeps_who_is_responsible_and_where_the_offender_is,),
    "limited_access": (keeps_limited_access,),
    "responsible_agency": (keeps_who_is_responsible_and_where_the_offender_is,),
    "may_also_answer": (keeps_what_else_may_answer,),
    "checks": (keeps_a_void_clearance_void, undoes_a_clearance),
    "ready": (keeps_an_assessment_since_and_none_that_was_reopened,),
    "ruled_out": (keeps_the_forms_that_were_ruled_out_since,),
    "arrangement": (never_restores_a_meeting_day,),
    "ready_on": (takes_the_day_of_the_older_assessment,),
    "contacts": (keeps_the_follow_ups_that_were_done_since,),
    "reason": (undoes_an_end,),
    "reason_given": (undoes_an_end,),
    "reason_of": (undoes_an_end,),
    "ended_on": (undoes_an_end,),
    "ended_by": (undoes_an_end,),
    "victim_died": (is_refused_after_a_death,),
    "yes_told": (undoes_a_yes_that_may_be_told,),
    "reopened": (says_again_that_the_case_was_reopened,),
}
"""What a correction does with each part of the process state."""


@pytest.mark.parametrize(
    ("field", "decision"),
    [
        pytest.param(field, decision, id=f"{field}-{decision.__name__}")
        for field, decisions in DECISIONS.items()
        for decision in decisions
    ],
)
def test_a_correction_undoes_the_entry_and_keeps_what_became_known_since(
    field: str, decision: Callable[[], None]
) -> None:
    """1.13: it never makes contact easier than facts known since then allow."""
    assert field in {part.name for part in fields(ProcessState)}
    decision()


def test_what_a_correction_does_is_decided_for_every_part_of_the_state() -> None:
    assert set(DECISIONS) == {part.name for part in fields(ProcessState)}


def test_an_objection_since_a_move_is_known_after_the_move_is_corrected() -> None:
    """1.13: the agency objects, whatever brought it in."""
    moved = then(start_approach(), MOVED)
    objected = then(moved, (e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS), as_agency(ANOTHER)))
    back = correct(objected)
    assert back.step is Step.AGENCY_CHECK
    assert AgencyCheck(ANOTHER, objection=Reason.AGENCY_OBJECTS) in back.progress.checks
    assert f"objection:{ANOTHER}" in {wait.key for wait in back.progress.waits}


def test_a_correction_of_whereabouts_after_the_end_counts_where_the_end_was_a_mistake() -> None:
    """1.13, 4.1: nobody goes to an agency that no longer has the offender."""
    ended = then(start_preparation(), e.Withdrawn(Side.OFFENDER))
    moved = then(ended, e.FactsCorrected(whereabouts=Whereabouts.ON_BAIL, responsible_agency=ANOTHER))
    back = correct(moved)
    assert back.step is Step.PREPARING
    assert refusal(back, ARRANGED) is Refusal.CHECK_OUTSTANDING
    assert {wait.waiting_on for wait in checks_outstanding(back)} == {ANOTHER, "court"}


def test_an_expired_clearance_is_not_restored() -> None:
    """1.9a, 1.13."""
    later = NOW + timedelta(weeks=27)
    reflecting = then(start_approach(), e.OffenderApproached())
    risk = e.RiskAssessed("direct", False, specialist_in=frozenset(Flag))
    asked = then(reflecting, risk, now=later)
    assert asked.undo_point is not None
    back = then(asked, (e.EntryCorrected(asked.undo_point.entry), SUPERVISOR), now=later)
    assert back.step is Step.AGENCY_CHECK
    assert len(checks_outstanding(back)) == 2


def test_every_wait_is_asked_once_after_a_correction_of_a_move() -> None:
    """1.13: what the move asked for is cancelled, and the approach is asked for again."""
    back = correct(then(start_approach(), MOVED))
    assert back.step is Step.APPROACHING
    assert [(ask.agency, ask.question) for ask in asks(back)] == [(PRISON, "approach")]
    assert len({wait.key for wait in all_waits(back)}) == len(all_waits(back))


def test_a_reminder_that_was_sent_since_is_not_sent_again() -> None:
    """A wait that ran on keeps its dates and its reminders."""
    reflecting = then(then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND), e.OffenderApproached())
    later = NOW + timedelta(days=20)
    key = next(wait.key for wait in checks_outstanding(reflecting))
    chased = advance(reflecting, Record("timer", e.Chased(key), TIMER), later)
    back = correct(chased)
    assert next(wait.chases for wait in back.progress.waits if wait.key == key) == 1


def test_a_check_that_was_answered_since_counts() -> None:
    """The answer of an agency is a fact."""
    early = then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND, e.OffenderApproached())
    cleared = then(early, (e.AgencyCheckAnswered("no_objection"), on_behalf(PRISON)))
    back = correct(cleared)
    assert is_cleared_by(back, PRISON)
    assert [wait.waiting_on for wait in checks_outstanding(back)] == ["hmpps_rehub"]


def test_a_risk_record_that_ran_out_before_a_newer_one_does_not_run_out_again() -> None:
    """1.9a, 1.13: the wait for the end of the old record is not restored, and the clock goes on."""
    case, now = start_preparation(), NOW
    while not any(wait.kind is WaitKind.RISK for wait in case.progress.waits):
        case, now = after_next_due(case)
    held = then(case, e.MeetingHeld(Form.FACE_TO_FACE, "completed"), now=now)
    assessed = then(held, e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)), now=now)
    assert held.undo_point is not None
    back = then(assessed, (e.EntryCorrected(held.undo_point.entry), SUPERVISOR), now=now)
    assert back.step is Step.PREPARING
    assert WaitKind.RISK not in {wait.kind for wait in back.progress.waits}
    while back.risk is not None and not back.risk.expired:
        back, now = after_next_due(back)
    assert back.risk is not None
    assert now.date() >= back.risk.valid_until


def after_next_due(case: Case) -> tuple[Case, datetime]:
    """The case after what the clock records next, and when."""
    due = next_due(case)
    assert due is not None
    moment, event = due
    return advance(case, Record(f"timer-{case.version}", event, TIMER), moment), moment


def test_a_plan_that_is_corrected_after_every_follow_up_leaves_one_more() -> None:
    """1.13, 3.4: no open case waits for nothing."""
    planned = then(start_preparation(), e.MeetingHeld(Form.FACE_TO_FACE, "completed"), PLANNED)
    done = planned
    while any(wait.kind is WaitKind.FOLLOW_UP for wait in done.progress.waits):
        done = then(done, e.FollowUpRecorded("met"))
    back = correct(done)
    assert back.step is Step.FOLLOWING_UP
    assert [wait.kind for wait in back.progress.waits] == [WaitKind.FOLLOW_UP]


def test_a_wait_that_is_restored_after_a_hold_has_the_time_that_it_had_left() -> None:
    """1.5, 1.13: nothing is overdue because of the hold."""
    reflecting = then(start_approach(), e.OffenderApproached())
    later = NOW + timedelta(weeks=8)
    held = then(reflecting, e.PutOnHold(Reason.ILLNESS))
    resumed = then(held, e.Resumed(), now=later)
    assert resumed.undo_point is not None
    back = then(resumed, (e.EntryCorrected(resumed.undo_point.entry), SUPERVISOR), now=later)
    (before,) = (wait for wait in start_approach().progress.waits if wait.kind is WaitKind.APPROACH)
    (restored,) = (wait for wait in back.progress.waits if wait.kind is WaitKind.APPROACH)
    left = back.calendar.working_days_between(TODAY, before.due_on)
    assert back.calendar.working_days_between(later.date(), restored.due_on) == left
    assert [(ask.agency, ask.question) for ask in asks(back)] == [(PRISON, "approach")]


def test_a_risk_record_runs_out_on_its_day_where_its_wait_was_moved_to_an_earlier_one() -> None:
    """1.7d: the clock records nothing that would be refused."""
    case, now = start_preparation(), NOW
    while not any(wait.kind is WaitKind.RISK for wait in case.progress.waits):
        case, now = after_next_due(case)
    assert case.risk is not None
    sooner = e.WaitExtended(now.date() + timedelta(days=2), wait=wait_key(WaitKind.RISK))
    case = then(case, (sooner, SUPERVISOR), now=now)
    while case.risk is not None and not case.risk.expired:
        case, now = after_next_due(case)
    assert case.risk is not None
    assert now.date() == case.risk.valid_until
