"""The unsafe paths that must end correctly, each with its path, what each person is sent, and its end.

In each, the offender is in prison, so that the prison and the ReHub are the agencies that hear of the case.
"""

from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case
from domain.effects import asks
from domain.events import Event
from domain.reasons import Reason
from domain.vocabulary import (
    AgencyRef,
    CircumstanceChange,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    Refusal,
    Side,
    Stage,
    Step,
    Whereabouts,
)
from tests.domain.alphabet import OTHER_SUPERVISOR, SERVICE, SUPERVISOR, as_agency
from tests.domain.situations import (
    AGENCIES,
    DAY_CANCELLED,
    TOLD,
    Walk,
    address_agencies,
    continue_case,
    hold_contact,
    on_the_eve,
)
from tests.domain.slices import give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    CLEARED,
    CONCERN,
    FOUND,
    FROM_PRISON,
    MEETING_DAY,
    NO_CONCERN,
    TODAY,
    answer_checks,
    schedule,
    start_approach,
    start_follow_up,
    start_preparation,
    then,
)

OBJECTION = e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
DECLINE = e.ConcernDecided("decline")
CONCERN_ALERT = "supervisor: urgent concern_raised"
APPROACHED = (e.OffenderApproached(), FROM_PRISON)
RISK_IS_LOW = e.RiskAssessed("direct", False, specialist_in=frozenset(Flag))


@pytest.mark.parametrize(
    ("stops", "update", "alerts"),
    [
        (e.PutOnHold(Reason.ILLNESS), "day_cancelled, on_hold", [DAY_CANCELLED]),
        (CONCERN, "day_cancelled", [DAY_CANCELLED, CONCERN_ALERT]),
    ],
    ids=["hold", "concern"],
)
def test_a_hold_or_a_concern_cancels_a_meeting_day_and_the_entry_before_is_corrected(
    stops: Event, update: str, alerts: list[str]
) -> None:
    """1.13. The day was set by mistake, but its cancellation is not undone with it, and the day never comes back."""
    walk = Walk(schedule())
    assert walk.case.undo_point is not None
    set_by_mistake = e.EntryCorrected(walk.case.undo_point.entry)
    stopped = walk.then(stops)
    assert stopped.refusal(set_by_mistake, SUPERVISOR) is Refusal.NOTHING_TO_CORRECT
    assert (stopped.case.step, stopped.case.progress.arrangement) == (Step.PREPARING, None)
    assert stopped.list_sent_to(*AGENCIES) == address_agencies(update)
    assert stopped.list_sent_to("supervisor") == alerts
    assert stopped.to_victim == ["day_cancelled"]
    assert {"tell:17"} < stopped.tasks
    ended = stopped.then(TOLD, e.Withdrawn(Side.VICTIM))
    assert [message.partition(",")[0] for message in ended.to_victim] == ["day_cancelled", "day_not_kept", "ended"]
    assert ended.case.stage is Stage.DECLINED


def test_a_concern_during_a_hold() -> None:
    """1.1a, 1.2b. Its wait runs during the hold; the end of the hold alone sends nobody to the offender."""
    walk = Walk(start_approach()).then(e.PutOnHold(Reason.ILLNESS), (CONCERN, FROM_PRISON))
    assert walk.sent == ("prison: cancelled approach", "hmpps_rehub: update on_hold", CONCERN_ALERT)
    assert walk.tasks == {"hold", "concern:14"}
    resumed = walk.quietly().then(e.Resumed())
    assert (resumed.requests, resumed.sent, resumed.tasks) == (set(), (), {"concern:14"})
    decided = resumed.then((NO_CONCERN, SUPERVISOR))
    assert decided.sent == (*address_agencies("concern_decided"), "prison: approach")
    assert decided.then(APPROACHED).case.step is Step.REFLECTING


def test_of_two_concerns_one_is_decided() -> None:
    """1.2a, 1.3b. One decision changes nothing; the second sends the approach again. Who raised one hears of it."""
    walk = Walk(start_approach()).then((CONCERN, FROM_PRISON), e.ConcernRaised(Reason.NEW_OFFENCE))
    first, second = (concern.wait.key for concern in walk.case.concerns)
    assert walk.sent == ("prison: cancelled approach", CONCERN_ALERT, CONCERN_ALERT)
    assert walk.refusal(NO_CONCERN, SUPERVISOR) is Refusal.WHICH_WAIT
    one = walk.quietly().then((e.ConcernDecided("no_concern", first), SUPERVISOR))
    assert (one.sent, one.requests, one.tasks) == (tuple(address_agencies("concern_decided")), set(), {second})
    both = one.quietly().then((e.ConcernDecided("no_concern", second), SUPERVISOR))
    assert both.sent == (*address_agencies("concern_decided"), "prison: approach", "staff-1: concern_decided")
    assert both.then(APPROACHED).case.step is Step.REFLECTING


def test_a_withdrawal_while_a_concern_waits() -> None:
    """1.2b. The case ends, and a supervisor still decides the concern; those who raised it hear of the decision."""
    walk = Walk(start_approach()).then((CONCERN, FROM_PRISON), e.Withdrawn(Side.VICTIM))
    assert walk.list_sent_to(*AGENCIES)[1:] == address_agencies("ended, contact_did_not_take_place")
    assert (walk.to_victim, walk.tasks) == (["ended, victim_withdrew"], {"concern:13"})
    late = walk.after(days=3)
    assert late.list_sent_to("supervisor") == [CONCERN_ALERT, "supervisor: became_overdue", "supervisor: second_notice"]
    decided = late.quietly().then((NO_CONCERN, SUPERVISOR))
    assert decided.sent == tuple(address_agencies("concern_decided"))
    assert (decided.case.stage, decided.case.progress.reason) == (Stage.DECLINED, Reason.VICTIM_WITHDREW)
    assert decided.tasks == set()


def test_a_concern_after_the_end_and_then_a_reopening() -> None:
    """1.1b, 1.6e. It is open in the case that takes the request up again; nothing is arranged before it is decided."""
    ended = Walk(start_preparation()).then(e.Withdrawn(Side.VICTIM), (CONCERN, FROM_PRISON))
    assert (ended.list_sent_to("supervisor"), ended.tasks) == ([CONCERN_ALERT], {"concern:17"})
    again = Walk(continue_case(ended.case))
    (concern,) = (wait for wait in again.tasks if wait.startswith("concern"))
    assert set(again.case.asked) >= set(ended.case.asked), "and each of them may raise another"
    ready = Walk(answer_checks(again.case)).then(e.ReadinessAssessed("ready"))
    assert ready.refusal(ARRANGED) is Refusal.CONCERN_OPEN
    assert concern in ready.tasks
    decided = ready.then((NO_CONCERN, OTHER_SUPERVISOR), ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert decided.case.stage is Stage.MEETING_HELD
    decided_before = ended.then((NO_CONCERN, OTHER_SUPERVISOR))
    assert not any(wait.startswith("concern") for wait in Walk(continue_case(decided_before.case)).tasks)


def test_a_death_reported_on_the_eve_by_mistake() -> None:
    """1.12a, 1.12b. Nobody travels, nobody hears of a death, and the meeting takes place a week later."""
    walk = on_the_eve(schedule()).then((e.DeathReported(Side.OFFENDER), FROM_PRISON))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert walk.list_sent_to("supervisor") == [DAY_CANCELLED, "supervisor: urgent death_reported"]
    assert (walk.to_victim, walk.tasks) == (["day_cancelled"], {"death:offender", "tell:17", "preparation"})
    assert walk.case.deaths[0].wait.due_on == walk.now.date(), "before the meeting day"
    assert walk.refusal(ARRANGED) is Refusal.DEATH_REPORTED
    alive = walk.quietly().then(TOLD, e.DeathNotConfirmed(Side.OFFENDER))
    assert (alive.to_victim, alive.tasks, alive.case.progress.reason) == (["day_not_kept"], {"preparation"}, None)
    week_later = e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY + timedelta(days=7))
    assert alive.then(week_later).until(week_later.day).then(hold_contact()).case.stage is Stage.MEETING_HELD


def test_a_transfer_is_proposed_while_a_meeting_day_is_set() -> None:
    """3.7b. It is refused, nobody is sent anything, and the meeting takes place in the area that arranged it."""
    proposed = e.TransferProposed("south", consent=True)
    walk = Walk(schedule())
    assert walk.refusal(proposed) is Refusal.MEETING_DAY_SET
    proposed_before = Walk(start_preparation()).then(proposed, ARRANGED)
    assert proposed_before.refusal(e.TransferAccepted(), OTHER_SUPERVISOR) is Refusal.MEETING_DAY_SET
    assert proposed_before.list_sent_to(*AGENCIES) == address_agencies("day_set")
    met = proposed_before.until(MEETING_DAY).then(hold_contact())
    moved = met.then((e.TransferAccepted(), OTHER_SUPERVISOR))
    assert (moved.case.area, moved.case.stage) == ("south", Stage.MEETING_HELD)


def test_a_facilitator_is_deactivated_at_night_and_the_meeting_is_at_ten() -> None:
    """1.8. The change of the register cancels the day in its own entry; everybody hears of it at once."""
    left = e.FacilitatorChanged("staff-4", active=False, specialist_in=frozenset(Flag))
    walk = on_the_eve(schedule()).then((left, SERVICE))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert walk.list_sent_to("supervisor") == [DAY_CANCELLED, "supervisor: facilitator_changed"]
    assert (walk.to_victim, walk.tasks) == (["day_cancelled"], {"facilitator", "tell:17", "preparation"})
    assert walk.until(MEETING_DAY).refusal(e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY + timedelta(days=7))) is (
        Refusal.FACILITATOR_NEEDED
    )
    another = walk.then(TOLD, (e.FacilitatorAssigned("staff-5", frozenset(Flag)), SUPERVISOR))
    week_later = e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY + timedelta(days=7))
    assert another.then(week_later).until(week_later.day).then(hold_contact()).case.stage is Stage.MEETING_HELD


def test_a_risk_record_expires_while_approaching() -> None:
    """1.7d. A caseworker is reminded before; then the approach is cancelled, until there is a new record."""
    walk = Walk(start_approach()).until(TODAY + timedelta(weeks=12) - timedelta(days=1))
    assert "risk" in walk.tasks, "ten working days before"
    assert walk.requests == {"prison: approach"}
    expired = walk.quietly().after(days=3)
    assert expired.sent[-2:] == ("prison: cancelled approach", "supervisor: risk_expired")
    assert (expired.requests, expired.tasks) == (set(), {"risk"})
    assessed = expired.quietly().then(RISK_IS_LOW)
    assert (assessed.sent, assessed.tasks) == (("prison: approach",), set())
    assert assessed.then(APPROACHED).case.step is Step.REFLECTING


def test_an_offender_is_approached_without_a_risk_record() -> None:
    """1.7c. Nobody asked for it, but it happened: it is recorded, a supervisor is alerted, and no day can be set."""
    walk = Walk(answer_checks(then(open_request(), e.RequestScreened("proceed"), FOUND)))
    assert (walk.case.step, walk.requests, walk.tasks) == (Step.APPROACHING, set(), {"risk", "facilitator"})
    walk = walk.then(APPROACHED)
    assert walk.sent == ("prison: offender_answer", "victim: milestone", "supervisor: offender_approached")
    assert walk.tasks == {"risk", "facilitator"}
    for whose in (Consenter.VICTIM, Consenter.OFFENDER):
        walk = walk.then(e.ConsentRecorded(whose))
    ready = walk.then((e.OffenderAnswered("willing"), FROM_PRISON), e.ReadinessAssessed("ready"))
    assert ready.refusal(ARRANGED) is Refusal.FACILITATOR_NEEDED
    ready = ready.then((e.FacilitatorAssigned("staff-4"), SUPERVISOR))
    assert ready.refusal(ARRANGED) is Refusal.RISK_NEEDED
    arranged = ready.then(RISK_IS_LOW, ARRANGED)
    assert arranged.until(MEETING_DAY).then(hold_contact()).case.stage is Stage.MEETING_HELD


def test_an_objection_after_the_meeting() -> None:
    """1.1d, 1.3c. A supervisor upholds it: no further contact, but the follow-up goes on to its end."""
    walk = Walk(start_follow_up()).then((OBJECTION, FROM_PRISON))
    assert (walk.sent, walk.tasks) == ((CONCERN_ALERT,), {"concern:18", "follow_up:1-1"})
    assert walk.refusal(e.AnotherContactPlanned(Form.LETTER)) is Refusal.CONCERN_OPEN
    upheld = walk.quietly().then((DECLINE, SUPERVISOR))
    assert (upheld.case.step, upheld.sent) == (Step.FOLLOWING_UP, tuple(address_agencies("concern_decided")))
    assert upheld.tasks == {"follow_up:1-1", "tell:19"}, "a caseworker tells the victim"
    assert upheld.refusal(e.AnotherContactPlanned(Form.LETTER)) is Refusal.NO_FURTHER_CONTACT
    ended = upheld.quietly().then(TOLD, e.FollowUpEnded())
    assert ended.to_victim == ["milestone, no_further_contact", "ended, no_further_contact"]
    assert ended.list_sent_to(*AGENCIES) == address_agencies("ended, contact_took_place")
    assert (ended.case.step, ended.case.stage) == (Step.CLOSED, Stage.MEETING_HELD)


def test_the_only_supervisor_of_the_area_raised_the_concern() -> None:
    """1.3a. They decide it themselves only after two working days and with a note; another area's may at once."""
    walk = Walk(start_preparation()).then((CONCERN, SUPERVISOR))
    assert (walk.sent, walk.tasks) == ((CONCERN_ALERT,), {"concern:16", "preparation"})
    elsewhere = walk.quietly().then((NO_CONCERN, OTHER_SUPERVISOR))
    assert elsewhere.sent == (*address_agencies("concern_decided"), "staff-2: concern_decided")
    assert walk.refusal(NO_CONCERN, SUPERVISOR) is Refusal.SAME_SUPERVISOR
    later = walk.after(days=2)
    assert later.list_sent_to("supervisor")[1:] == ["supervisor: became_overdue"]
    assert later.refusal(NO_CONCERN, SUPERVISOR) is Refusal.SAME_SUPERVISOR, "without a note"
    decided = later.quietly().then((NO_CONCERN, SUPERVISOR), note="0b9b7f0e-3f1c-4a52-8f57-3f0d1c9f5a11")
    assert decided.sent == tuple(address_agencies("concern_decided"))
    assert decided.then(ARRANGED).until(MEETING_DAY).then(hold_contact()).case.stage is Stage.MEETING_HELD


def test_a_flag_is_added_on_the_eve_to_a_case_that_the_offender_started() -> None:
    """1.6c, 1.6d. The guard cancels the day, since nobody is a specialist; taking the flag back restores nothing."""
    walk = on_the_eve(_open_by_offender()).then(e.FlagsChanged("add", frozenset({Flag.DOMESTIC_ABUSE})))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert (walk.list_sent_to("supervisor"), walk.to_victim) == ([DAY_CANCELLED], ["day_cancelled"])
    assert walk.tasks == {"facilitator", "tell:19", "preparation"}
    assert walk.refusal(ARRANGED) is Refusal.SPECIALIST_NEEDED
    removed = walk.quietly().then(
        (e.FlagsChanged("remove", frozenset({Flag.DOMESTIC_ABUSE}), Reason.NEW_INFORMATION), SUPERVISOR)
    )
    assert (removed.sent, removed.case.step) == ((), Step.PREPARING)
    specialist = walk.then(TOLD, (e.FacilitatorAssigned("staff-4", frozenset(Flag)), SUPERVISOR))
    week_later = e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY + timedelta(days=7))
    assert specialist.then(week_later).until(week_later.day).then(hold_contact()).case.stage is Stage.MEETING_HELD


def _open_by_offender() -> Case:
    case = then(give_consents(open_request(initiated_by=InitiatedBy.OFFENDER)), e.VictimAnswered("wants"))
    case = answer_checks(then(case, e.RequestScreened("proceed"), FOUND))
    case = then(case, e.OffenderApproached(), e.OffenderAnswered("willing"), e.ReadinessAssessed("ready"))
    return then(case, (e.FacilitatorAssigned("staff-8"), SUPERVISOR), ARRANGED)


@pytest.mark.parametrize("named", [AgencyRef("prison:farmoor"), None], ids=["by its id", "by its kind"])
def test_one_prison_cleared_the_offender_who_then_moved_to_another(named: AgencyRef | None) -> None:
    """1.9b, 1.9c. The clearance is void: no day is set before the other prison has cleared the case too."""
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, named, Whereabouts.CUSTODY)
    walk = Walk(schedule()).then((moved, FROM_PRISON))
    there = named or AgencyRef("prison")
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to(*AGENCIES, there)[:2] == address_agencies("day_cancelled")
    assert walk.list_sent_to(there)[-1] == f"{there}: agency_check"
    assert len(walk.list_sent_to(there)) == (1 if named else 2), (
        "who knew nothing of the day is not told that it is off"
    )
    assert (walk.to_victim, walk.tasks) == (["day_cancelled"], {"tell:17", "preparation"})
    assert walk.refusal(ARRANGED) is Refusal.CHECK_OUTSTANDING
    cleared = walk.then(TOLD, (CLEARED, as_agency(there)), ARRANGED)
    assert asks(cleared.case) == ()
    assert cleared.until(MEETING_DAY).then(hold_contact()).case.stage is Stage.MEETING_HELD
