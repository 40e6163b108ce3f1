"""Another contact after the first (3.8): its path, what each person is sent, and its end."""

from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case, active_waits
from domain.effects import NotifySupervisor, NotifyVictim, asks
from domain.events import Event
from domain.reasons import Reason
from domain.steps import checks_outstanding
from domain.victim_explanation import compose, words_to_say
from domain.victim_notifications import MessageKind
from domain.vocabulary import AgencyRef, CircumstanceChange, Contact, Flag, Form, NewsKind, Refusal, Side, Stage, Step
from tests.domain.alphabet import SUPERVISOR, as_agency
from tests.domain.slices import NOW, follow_up_contact
from tests.domain.test_safety import ARRANGED, CLEARED, CONCERN, FROM_PRISON, TODAY, effects_of, refusal, then, waits

PLANNED = e.AnotherContactPlanned(Form.FACE_TO_FACE)
HELD = e.MeetingHeld(Form.FACE_TO_FACE, "completed")
STOPPED = e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety")
MET = e.FollowUpRecorded("met")


def plan_contact() -> Case:
    return then(follow_up_contact(), PLANNED)


def message_of(case: Case, event: Event) -> NotifyVictim:
    (message,) = [effect for effect in effects_of(case, event) if isinstance(effect, NotifyVictim)]
    return message


def test_another_contact_is_prepared_while_the_follow_up_of_the_first_continues() -> None:
    """3.8a: the stage stays, and both sides are still ready."""
    case = plan_contact()
    assert (case.step, case.stage) == (Step.PREPARING, Stage.MEETING_HELD)
    assert waits(case) == {"follow_up:1-1", "preparation"}
    assert waits(then(case, MET)) == {"follow_up:1-2", "preparation"}
    assert message_of(follow_up_contact(), PLANNED).message is MessageKind.CONTACT_PLANNED


def test_a_second_contact_has_follow_ups_of_its_own() -> None:
    """3.8c: contacts are a list."""
    case = then(plan_contact(), ARRANGED, HELD)
    assert [contact.follow_ups for contact in case.progress.contacts] == [0, 0]
    assert waits(case) == {"follow_up:1-1", "follow_up:2-1"}
    assert refusal(case, MET) is Refusal.WHICH_WAIT
    one = then(case, e.FollowUpRecorded("met", wait=case.progress.waits[1].key))
    assert waits(one) == {"follow_up:1-1", "follow_up:2-2"}
    assert message_of(then(plan_contact(), ARRANGED), HELD).message is MessageKind.MILESTONE


@pytest.mark.parametrize(
    ("weeks", "still_ready"),
    [(12, True), (13, False)],
)
def test_readiness_is_valid_for_twelve_weeks(weeks: int, still_ready: bool) -> None:
    """3.8a."""
    case = then(follow_up_contact(), PLANNED, now=NOW + timedelta(weeks=weeks))
    assert bool(case.progress.ready) is still_ready
    assert any(wait.startswith("assessment") for wait in waits(case)) is not still_ready


def test_readiness_that_runs_out_before_the_day_is_assessed_again() -> None:
    """3.8a: a plan that is made early lets no old assessment count for a late meeting."""
    later = NOW + timedelta(weeks=11)
    case = then(plan_contact(), e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)), now=later)
    late = e.MeetingArranged(Form.FACE_TO_FACE, later.date() + timedelta(weeks=2))
    assert refusal(case, late, now=later) is Refusal.READINESS_RUNS_OUT
    assert then(case, e.ReadinessAssessed("ready"), late, now=later).step is Step.SCHEDULED


def test_letters_after_a_clearance_has_run_out_are_another_contact_for_which_the_agency_is_asked_again() -> None:
    """1.9a: nobody is asked during the follow-up, and the refusal says what to do."""
    later = NOW + timedelta(weeks=27)
    assessed = e.RiskAssessed("direct", False, specialist_in=frozenset(Flag))
    case, letter = then(follow_up_contact(), assessed, now=later), e.MessagePassed(Form.LETTER, "victim")
    assert then(follow_up_contact(), letter).step is Step.FOLLOWING_UP
    assert refusal(case, letter, now=later) is Refusal.CHECKS_NEEDED
    planned = then(case, e.AnotherContactPlanned(Form.LETTER), now=later)
    assert {ask.question for ask in asks(planned)} >= {"agency_check"}
    assert refusal(planned, letter, now=later) is Refusal.CHECK_OUTSTANDING
    for wait in checks_outstanding(planned):
        planned = then(planned, (CLEARED, as_agency(AgencyRef(wait.waiting_on))), now=later)
    assert then(planned, letter, now=later).step is Step.PREPARING


def test_after_a_stop_both_sides_are_assessed_again_whatever_went_well_before() -> None:
    """3.8a, 3.8c: a supervisor knows at once, and both sides are assessed again before there is another contact."""
    scheduled = then(plan_contact(), ARRANGED)
    alerts = [effect for effect in effects_of(scheduled, STOPPED) if isinstance(effect, NotifySupervisor)]
    assert [(alert.about, alert.urgent) for alert in alerts] == [(Reason.STOPPED_FOR_SAFETY, True)]
    assert "stopped for safety" in compose(alerts[0])[0]
    later = NOW + timedelta(weeks=3)
    again = then(then(scheduled, STOPPED), PLANNED, now=later)
    assert again.progress.ready == frozenset()
    day = e.MeetingArranged(Form.FACE_TO_FACE, later.date() + timedelta(days=3))
    assert refusal(again, day, now=later) is Refusal.ASSESSMENT_OUTSTANDING
    met = then(again, e.ReadinessAssessed("ready"), day, now=later)
    met = then(met, HELD, now=later + timedelta(days=3))
    assert [contact.result for contact in met.progress.contacts] == ["completed", "stopped_for_safety", "completed"]
    assert then(met, e.FollowUpEnded()).stage is Stage.MEETING_HELD


@pytest.mark.parametrize(
    "ended_by",
    [
        e.ContactPlanDropped(),
        e.Withdrawn(Side.VICTIM),
        e.Withdrawn(Side.OFFENDER),
        e.DeclinedByService(Reason.NO_AGREED_FORM),
        e.ReadinessAssessed("unsuitable", reason=Reason.DENIES_RESPONSIBILITY),
    ],
)
def test_a_plan_that_is_given_up_leads_back_to_the_follow_up_and_never_to_declined(ended_by: Event) -> None:
    """3.8b, 2.1: the same words for any person and reason, which a person says first unless the victim ended it."""
    for case in (plan_contact(), then(plan_contact(), ARRANGED)):
        if isinstance(ended_by, e.ReadinessAssessed) and case.step is Step.SCHEDULED:
            continue
        back = then(case, ended_by)
        assert (back.step, back.stage, back.progress.reason) == (Step.FOLLOWING_UP, Stage.MEETING_HELD, None)
        assert back.progress.arrangement is None
        by_victim = isinstance(ended_by, e.Withdrawn) and ended_by.whose is Side.VICTIM
        if by_victim:
            assert waits(back) == {"follow_up:1-1"}
            message = message_of(case, ended_by)
        else:
            assert waits(back) == {"follow_up:1-1", f"tell:{back.version}"}
            words = words_to_say(back, TODAY)
            assert words is not None
            assert words.heading == "The other contact will not go ahead"
            message = message_of(back, e.VictimTold("telephone"))
        usual = message_of(plan_contact(), e.Withdrawn(Side.VICTIM))
        assert compose(message) == compose(usual)
        assert compose(message)[0] == "The other contact will not go ahead"


def test_nothing_is_sent_before_a_person_has_said_that_the_other_contact_does_not_take_place() -> None:
    """2.1d: the letter is about how things are then: another plan made, or the follow-up over."""
    dropped = then(plan_contact(), e.DeclinedByService(Reason.NO_AGREED_FORM))
    assert dropped.news is not None
    assert dropped.news.kind is NewsKind.CONTACT_DROPPED
    ended = effects_of(plan_contact(), e.DeclinedByService(Reason.NO_AGREED_FORM))
    assert not [effect for effect in ended if isinstance(effect, NotifyVictim)]
    again = then(dropped, PLANNED)
    assert message_of(again, e.VictimTold("telephone")).message is MessageKind.CONTACT_PLANNED
    over = then(dropped, e.FollowUpEnded())
    assert message_of(over, e.VictimTold("telephone")).message is MessageKind.ENDED
    by_letter = then(plan_contact(), e.ContactPreferenceChanged(Contact.LETTER))
    assert message_of(by_letter, e.ContactPlanDropped()).message is MessageKind.CONTACT_DROPPED


def test_a_plan_is_dropped_only_after_a_contact() -> None:
    """3.8b."""
    held = follow_up_contact()
    assert held.undo_point is not None
    before = then(held, (e.EntryCorrected(held.undo_point.entry), SUPERVISOR))
    assert (before.step, before.progress.contacts) == (Step.PREPARING, ())
    assert refusal(before, e.ContactPlanDropped()) is Refusal.NOT_ALLOWED_NOW
    assert then(before, e.Withdrawn(Side.VICTIM)).stage is Stage.DECLINED


def test_a_plan_that_is_dropped_after_the_last_follow_up_leaves_one_more() -> None:
    """Every open state has a wait: somebody asks once more how things are."""
    back = then(plan_contact(), MET, MET, MET, e.ContactPlanDropped(), e.VictimTold("telephone"))
    (wait,) = active_waits(back)
    assert (wait.key, wait.chase_on) == (f"follow_up:added-{back.version - 1}", TODAY + timedelta(weeks=2))
    assert then(back, MET).is_closed


def test_no_other_contact_is_planned_while_a_concern_is_open_nor_after_it_was_upheld() -> None:
    """1.2d, 1.3c."""
    stopped = then(follow_up_contact(), CONCERN)
    assert refusal(stopped, PLANNED) is Refusal.CONCERN_OPEN
    upheld = then(stopped, (e.ConcernDecided("decline"), SUPERVISOR))
    assert refusal(upheld, PLANNED) is Refusal.NO_FURTHER_CONTACT
    in_preparation = then(plan_contact(), CONCERN, (e.ConcernDecided("decline"), SUPERVISOR))
    assert (in_preparation.step, in_preparation.no_further_contact) == (Step.FOLLOWING_UP, True)


def test_a_clearance_that_was_lost_meanwhile_is_asked_for_before_another_contact() -> None:
    """3.8, 1.9c."""
    moved = then(follow_up_contact(), (e.CircumstancesChanged(CircumstanceChange.MOVED), FROM_PRISON), PLANNED)
    assert "agency_check:prison" in waits(moved)
    assert refusal(moved, ARRANGED) is Refusal.CHECK_OUTSTANDING


def test_a_follow_up_is_added_and_the_last_to_end_closes_the_case() -> None:
    """3.8c."""
    day = TODAY + timedelta(weeks=20)
    assert refusal(follow_up_contact(), e.FollowUpAdded(TODAY)) is Refusal.DAY_IN_PAST
    case = then(follow_up_contact(), e.FollowUpAdded(day))
    (regular, added) = sorted(waits(case))
    assert (regular, added.partition("-")[0]) == ("follow_up:1-1", "follow_up:added")
    keys = {wait.key for wait in case.progress.waits}
    first = next(key for key in keys if key.endswith("1-1"))
    only_added = then(case, e.FollowUpEnded(first))
    assert waits(only_added) == {added}
    assert then(only_added, MET).is_closed
    assert then(case, e.FollowUpEnded()).is_closed


def test_an_objection_after_the_meeting_stops_another_contact_and_not_the_follow_up() -> None:
    """Unsafe path: objection after the meeting."""
    objection = e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
    stopped = then(follow_up_contact(), (objection, FROM_PRISON))
    assert "follow_up:1-1" in waits(stopped)
    assert refusal(stopped, PLANNED) is Refusal.CONCERN_OPEN
    planned_before = then(then(plan_contact(), ARRANGED), (objection, FROM_PRISON))
    assert (planned_before.step, planned_before.progress.arrangement) == (Step.PREPARING, None)
