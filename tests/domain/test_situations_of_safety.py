"""Situations of section 1 of the process: each with its path, what each person is sent, and its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from domain import events as e
from domain.agency_updates import CaseUpdate
from domain.case import Case
from domain.due_events import next_due
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, NotifyVictim, asks, effects
from domain.events import Actor, Continuation, Event, Record
from domain.intake import open_case
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.vocabulary import (
    AgencyRef,
    CaseRef,
    CircumstanceChange,
    Condition,
    Consenter,
    Flag,
    Form,
    InitiatedBy,
    Offence,
    Refusal,
    Side,
    Stage,
    Step,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, PRISON, SERVICE, SUPERVISOR, TIMER, speaking
from tests.domain.slices import NOW, REF, consented, opened, requested
from tests.domain.test_safety import (
    ARRANGED,
    CLEARED,
    EVE,
    FROM_PRISON,
    MEETING_DAY,
    TODAY,
    answer_checks,
    approaching,
    following_up,
    preparing,
    refusal,
    scheduled,
    waits,
)

SPECIALIST = frozenset(Flag)


@dataclass(frozen=True)
class Walk:
    """A case, and what everybody was sent since `case` was first given."""

    case: Case
    sent: tuple[str, ...] = ()

    def then(self, event: Event, by: Actor = CASEWORKER, now: datetime = NOW) -> "Walk":
        record = Record(f"entry-{self.case.version + 1}", event, by)
        after = advance(self.case, record, now)
        return Walk(after, (*self.sent, *(_describe(effect) for effect in effects(self.case, after, record))))

    def until(self, day: datetime) -> "Walk":
        """The case when the clock has recorded everything that is due by `day`."""
        walk = self
        while (coming := next_due(walk.case)) is not None and coming[0] <= day:
            walk = walk.then(coming[1], TIMER, coming[0])
        return walk

    def sent_to(self, *names: str) -> list[str]:
        """What these were sent, in order."""
        return [line for line in self.sent if line.partition(":")[0] in names]


def _describe(effect: Effect) -> str:
    match effect:
        case Ask():
            return f"{effect.agency}: {'remind of ' if effect.reminder else ''}{effect.question}"
        case CancelAsk():
            return f"{effect.agency}: cancelled {effect.ask.split('.')[2].partition(':')[0]}"
        case NotifySupervisor():
            return f"{effect.account or 'supervisor'}: {'urgent ' if effect.urgent else ''}{effect.event}"
        case NotifyVictim():
            return f"victim: {effect.message}"
        case CaseUpdate():
            return f"{effect.agency}: update {', '.join(effect.changed)}"


AGENCIES = ("prison", "hmpps_rehub")
DAY_CANCELLED = "supervisor: urgent day_cancelled"
FACE_TO_FACE_AGAIN = replace(ARRANGED, day=MEETING_DAY + timedelta(days=7))


def contact_announced(walk: Walk) -> bool:
    """Whether the victim was sent a milestone."""
    return "victim: milestone" in walk.sent


def assessing() -> Case:
    """The offender wants to take part, and both are to be assessed."""
    answered = Walk(approaching()).then(e.OffenderApproached(), FROM_PRISON)
    return answered.then(e.OffenderAnswered("willing"), FROM_PRISON).case


def test_a_late_objection_on_the_eve_of_the_meeting() -> None:
    """The prison that cleared the case objects on the eve, and a supervisor upholds it."""
    objection = e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS)
    walk = Walk(scheduled()).then(objection, FROM_PRISON, EVE)
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.sent_to("supervisor") == [DAY_CANCELLED, "supervisor: urgent concern_raised"]
    assert walk.sent_to(*AGENCIES) == [f"{agency}: update day_cancelled" for agency in AGENCIES]
    assert not contact_announced(walk)
    ended = walk.then(e.ConcernDecided("decline"), SUPERVISOR, EVE)
    assert (ended.case.step, ended.case.progress.reason) == (Step.CLOSED, Reason.NOT_SAFE_AT_PRESENT)
    assert ended.sent_to("prison")[-1] == "prison: update concern_decided, ended"


def test_abuse_disclosed_while_preparing() -> None:
    """The victim speaks of abuse while the meeting is prepared: direct contact ends, letters remain."""
    disclosed = e.ConcernRaised(Reason.NEW_INFORMATION, frozenset({Flag.DOMESTIC_ABUSE}))
    walk = Walk(preparing()).then(disclosed)
    assert Flag.DOMESTIC_ABUSE in walk.case.flags
    assert refusal(walk.case, ARRANGED) is Refusal.CONCERN_OPEN
    conditions = e.ConcernDecided("conditions", None, frozenset({Condition.INDIRECT_ONLY}))
    walk = walk.then(conditions, SUPERVISOR).then(e.RiskAssessed("indirect_only", True, "staff-4", SPECIALIST))
    assert walk.sent_to("supervisor", "staff-1") == [
        "supervisor: urgent concern_raised",
        "staff-1: concern_decided",
    ]
    assert walk.sent_to(*AGENCIES) == [f"{agency}: update concern_decided" for agency in AGENCIES]
    assert not contact_announced(walk)
    assert refusal(walk.case, ARRANGED) is Refusal.FURTHER_ABUSE
    letters = walk.then(replace(ARRANGED, form=Form.LETTER)).then(
        e.MeetingHeld(Form.LETTER, "completed", on=MEETING_DAY), now=datetime.combine(MEETING_DAY, NOW.timetz())
    )
    assert letters.case.step is Step.FOLLOWING_UP


def test_an_offence_without_its_flag() -> None:
    """The request states domestic abuse as the offence, and no flag: it is guarded like any flagged case."""
    by_offender = requested(offence=Offence.DOMESTIC_ABUSE, initiated_by=InitiatedBy.OFFENDER)
    with pytest.raises(RecordRefused) as refused:
        open_case(REF, Record("opening", by_offender, CASEWORKER), NOW)
    assert refused.value.code is Refusal.VICTIM_MUST_ASK
    case = approaching(offence=Offence.DOMESTIC_ABUSE)
    assert case.flags == {Flag.DOMESTIC_ABUSE}
    walk = Walk(case).then(e.FacilitatorAssigned("staff-8", frozenset({Flag.SEXUAL_HARM})), SUPERVISOR)
    assert walk.sent == ("prison: cancelled approach",), "the facilitator is a specialist in something else"
    assert "facilitator" in waits(walk.case)
    walk = walk.then(e.FacilitatorAssigned("staff-4", frozenset({Flag.DOMESTIC_ABUSE})), SUPERVISOR)
    assert walk.sent == ("prison: cancelled approach", "prison: approach")
    assert walk.then(e.OffenderApproached(), FROM_PRISON).case.step is Step.REFLECTING


def test_the_prison_says_ongoing_abuse() -> None:
    """Asked to assess the offender, the prison reports ongoing abuse: the victim is not told of contact."""
    unsafe = e.ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.ONGOING_RISK_OR_ABUSE)
    walk = Walk(assessing()).then(unsafe, FROM_PRISON)
    assert (walk.case.step, walk.case.stage) == (Step.ASSESSING, Stage.OFFENDER_APPROACHED)
    assert walk.sent == ("supervisor: urgent concern_raised",)
    ended = walk.then(e.ConcernDecided("decline"), SUPERVISOR)
    assert not contact_announced(ended)
    assert (ended.case.stage, ended.case.progress.reason) == (Stage.DECLINED, Reason.NOT_SAFE_AT_PRESENT)
    assert "prison: cancelled assessment" in ended.sent


def test_the_prison_speaks_for_the_victim() -> None:
    """It is refused and changes nothing; a caseworker assesses the victim."""
    case = assessing()
    for_victim = e.ReadinessAssessed("ready", Side.VICTIM)
    assert refusal(case, for_victim, FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(case, e.ConsentRecorded(Consenter.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(case, e.Withdrawn(Side.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    for_prison = replace(CASEWORKER, on_behalf_of=PRISON)
    assert refusal(case, e.ConsentRecorded(Consenter.VICTIM), for_prison) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(case, e.Withdrawn(Side.VICTIM), for_prison) is Refusal.NOT_BY_THIS_SENDER
    walk = Walk(case).then(e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON).then(for_victim)
    assert walk.case.step is Step.PREPARING
    assert walk.sent_to("supervisor") == []


def test_on_hold_through_the_day_of_the_meeting() -> None:
    """The day is cancelled when the hold begins, and never comes back by itself."""
    until = TODAY + timedelta(days=30)
    walk = Walk(scheduled()).then(e.PutOnHold(Reason.SAFEGUARDING, until))
    assert walk.case.progress.arrangement is None
    assert walk.sent_to(*AGENCIES) == [f"{agency}: update day_cancelled, on_hold" for agency in AGENCIES]
    later = walk.until(NOW + timedelta(days=40))
    alerts = later.sent_to("supervisor")
    assert alerts[0] == DAY_CANCELLED
    assert "supervisor: hold_ended" in alerts
    assert not contact_announced(later)
    resumed = later.then(e.Resumed(), now=NOW + timedelta(days=41))
    assert (resumed.case.step, resumed.case.progress.arrangement) == (Step.PREPARING, None)


def test_recall_to_custody_while_approaching() -> None:
    """The prison must clear the case that probation had cleared, and only then is anybody approached."""
    probation = AgencyRef("probation")
    found = e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, probation)
    case = answer_checks(_traced(found))
    assert [(ask.agency, ask.question) for ask in asks(case)] == [(probation, "approach")]
    recalled = e.CircumstancesChanged(CircumstanceChange.MOVED, PRISON, Whereabouts.CUSTODY)
    walk = Walk(case).then(recalled, speaking(probation))
    assert walk.case.step is Step.AGENCY_CHECK
    assert walk.sent == ("probation: cancelled approach", "prison: agency_check")
    cleared = walk.then(CLEARED, FROM_PRISON)
    assert cleared.sent[-1] == "prison: approach"
    assert cleared.then(e.OffenderApproached(), FROM_PRISON).case.step is Step.REFLECTING


def test_a_facilitator_loses_accreditation_with_a_meeting_day_set() -> None:
    """The register says that the accreditation ends before the meeting: somebody else is found."""
    before = MEETING_DAY - timedelta(days=1)
    walk = Walk(scheduled()).then(e.FacilitatorChanged("staff-4", True, SPECIALIST, before), SERVICE)
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.sent_to("supervisor") == [DAY_CANCELLED, "supervisor: facilitator_changed"]
    assert walk.sent_to(*AGENCIES) == [f"{agency}: update day_cancelled" for agency in AGENCIES]
    assert refusal(walk.case, ARRANGED) is Refusal.FACILITATOR_NEEDED
    again = walk.then(e.FacilitatorAssigned("staff-5", SPECIALIST, MEETING_DAY), SUPERVISOR).then(ARRANGED)
    assert again.case.step is Step.SCHEDULED
    assert again.sent_to(*AGENCIES)[-2:] == [f"{agency}: update day_set" for agency in AGENCIES]


def test_a_stopped_meeting_and_no_second_one_meanwhile() -> None:
    """A supervisor is alerted at once; another meeting has to be planned, and both assessed again, before it is set."""
    walk = Walk(scheduled()).then(e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety", on=TODAY))
    assert walk.sent_to("supervisor") == ["supervisor: urgent meeting_held"]
    assert refusal(walk.case, FACE_TO_FACE_AGAIN) is Refusal.NOT_ALLOWED_NOW
    planned = walk.then(e.AnotherContactPlanned(Form.FACE_TO_FACE))
    assert refusal(planned.case, FACE_TO_FACE_AGAIN) is Refusal.ASSESSMENT_OUTSTANDING
    stopped = planned.then(e.RiskAssessed("stop", True, "staff-4", SPECIALIST))
    assert refusal(stopped.case, FACE_TO_FACE_AGAIN) is Refusal.CONCERN_OPEN


def test_a_hospital_order() -> None:
    """The hospital is responsible: it is asked, nobody of HMPPS, and what it requires is met."""
    hospital = AgencyRef("hospital")
    case = _traced(e.TraceAnswered("found", Whereabouts.HOSPITAL, hospital))
    assert [(ask.agency, ask.question) for ask in asks(case)] == [(hospital, "agency_check")]
    from_hospital = speaking(hospital)
    cleared = e.AgencyCheckAnswered("no_objection", conditions=frozenset({Condition.INDIRECT_ONLY}))
    walk = Walk(case).then(cleared, from_hospital).then(e.OffenderApproached(), from_hospital)
    walk = walk.then(e.OffenderAnswered("willing"), from_hospital).then(e.ReadinessAssessed("ready"))
    assert refusal(walk.case, ARRANGED) is Refusal.CONDITION_NOT_MET
    held = walk.then(replace(ARRANGED, form=Form.LETTER)).then(
        e.MeetingHeld(Form.LETTER, "completed", on=MEETING_DAY), now=datetime.combine(MEETING_DAY, NOW.timetz())
    )
    assert held.case.step is Step.FOLLOWING_UP
    assert {line.partition(":")[0] for line in held.sent} == {"hospital", "victim"}


def _traced(found: e.TraceAnswered) -> Case:
    """A case with consents, a facilitator and a risk assessment, whose offender the first agency has found."""
    case = Walk(consented(opened())).then(e.RequestScreened("proceed")).case
    return Walk(case).then(found, speaking(AgencyRef(case.progress.waits[0].waiting_on))).case


# --------------------------------------------------------------------------------------- what a new case carries over


def test_a_day_before_which_nothing_may_take_place_holds_for_the_case_that_takes_the_request_up_again() -> None:
    """1.6e."""
    later = MEETING_DAY + timedelta(days=30)
    ended = Continuation(
        CaseRef("RJ-2222-3333"),
        Stage.DECLINED,
        TODAY - timedelta(days=300),
        Reason.VICTIM_WITHDREW,
        conditions=frozenset({Condition.NOT_BEFORE}),
        not_before=later,
    )
    again = preparing(continues=ended)
    assert refusal(again, ARRANGED) is Refusal.CONDITION_NOT_MET
    assert Walk(again).then(replace(ARRANGED, day=later)).case.step is Step.SCHEDULED


def test_after_the_meeting_a_supervisor_is_alerted_to_contact_outside_the_process() -> None:
    """1.1a, 1.4: what agencies report in aftercare is not lost either."""
    walk = Walk(following_up()).then(e.ContactReported(), FROM_PRISON)
    assert walk.sent == ("supervisor: contact_reported",)
