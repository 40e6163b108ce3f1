"""Situations in which contact may not be safe: each with its path, what each person is sent, and its end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case
from domain.events import Record
from domain.intake import open_case
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.vocabulary import (
    AgencyRef,
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
from tests.domain.alphabet import CASEWORKER, PRISON, PROBATION, SERVICE, SUPERVISOR, as_agency
from tests.domain.situations import AGENCIES, DAY_CANCELLED, TOLD, Walk, address_agencies, hold_contact, on_the_eve
from tests.domain.slices import NOW, REF, give_consents, make_request, open_request
from tests.domain.test_safety import (
    ARRANGED,
    CLEARED,
    FROM_PRISON,
    MEETING_DAY,
    TODAY,
    answer_checks,
    schedule,
    start_approach,
    start_preparation,
    then,
)

SPECIALIST = frozenset(Flag)
CONCERN_ALERT = "supervisor: urgent concern_raised"
DECLINE = e.ConcernDecided("decline")
BY_LETTER = replace(ARRANGED, form=Form.LETTER)
WEEK_LATER = replace(ARRANGED, day=MEETING_DAY + timedelta(days=7))


def start_assessments() -> Case:
    """The offender wants to take part, and both are to be assessed."""
    return then(start_approach(), (e.OffenderApproached(), FROM_PRISON), (e.OffenderAnswered("willing"), FROM_PRISON))


def test_a_late_objection_on_the_eve_of_the_meeting() -> None:
    """Arranged; on the eve the prison that cleared the case objects; a supervisor upholds it; told; ended."""
    walk = on_the_eve(schedule()).then((e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS), FROM_PRISON))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to("supervisor") == [DAY_CANCELLED, CONCERN_ALERT]
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert walk.to_victim == ["day_cancelled"], "in neutral words, unless somebody has rung them before"
    assert walk.tasks == {"concern:17", "tell:17", "preparation"}
    ended = walk.quietly().then(TOLD, (DECLINE, SUPERVISOR))
    assert ended.list_sent_to(*AGENCIES) == address_agencies("concern_decided, ended, contact_did_not_take_place")
    assert ended.tasks == {"tell:19"}
    told = ended.then(TOLD)
    assert told.to_victim == ["day_not_kept", "ended, not_safe_at_present"]
    assert (told.case.stage, told.case.progress.reason) == (Stage.DECLINED, Reason.NOT_SAFE_AT_PRESENT)


def test_abuse_disclosed_while_preparing() -> None:
    """Preparing; the victim speaks of abuse; a supervisor decides; a specialist assesses; letters instead; held."""
    disclosed = e.ConcernRaised(Reason.NEW_INFORMATION, frozenset({Flag.DOMESTIC_ABUSE}))
    walk = Walk(start_preparation()).then(disclosed)
    assert walk.sent == (CONCERN_ALERT,)
    assert walk.case.flags == {Flag.DOMESTIC_ABUSE}
    assert walk.refusal(ARRANGED) is Refusal.CONCERN_OPEN
    conditions = e.ConcernDecided("conditions", None, frozenset({Condition.INDIRECT_ONLY}))
    decided = walk.quietly().then((conditions, SUPERVISOR))
    assert decided.sent == (*address_agencies("concern_decided"), "staff-1: concern_decided")
    assessed = decided.quietly().then(e.RiskAssessed("indirect_only", True, "staff-4", SPECIALIST))
    assert (assessed.sent, assessed.tasks) == ((), {"preparation"})
    assert assessed.refusal(ARRANGED) is Refusal.FURTHER_ABUSE
    letters = assessed.then(BY_LETTER).until(MEETING_DAY).then(hold_contact(Form.LETTER))
    assert letters.list_sent_to(*AGENCIES) == address_agencies("day_set")
    assert letters.to_victim == ["milestone", "milestone"], "the day, and the contact; nothing of the concern"
    assert (letters.case.step, letters.case.stage) == (Step.FOLLOWING_UP, Stage.MEETING_HELD)


def test_an_offence_without_its_flag() -> None:
    """The request states domestic abuse as the offence, and no flag: guarded like any flagged case, up to its end."""
    by_offender = make_request(offence=Offence.DOMESTIC_ABUSE, initiated_by=InitiatedBy.OFFENDER)
    with pytest.raises(RecordRefused) as refused:
        open_case(REF, Record("opening", by_offender, CASEWORKER), NOW)
    assert refused.value.code is Refusal.VICTIM_MUST_ASK
    case = start_approach(offence=Offence.DOMESTIC_ABUSE)
    assert case.flags == {Flag.DOMESTIC_ABUSE}
    walk = Walk(case).then((e.FacilitatorAssigned("staff-8", frozenset({Flag.SEXUAL_HARM})), SUPERVISOR))
    assert walk.sent == ("prison: cancelled approach",), "the facilitator is a specialist in something else"
    assert walk.tasks == {"facilitator"}
    walk = walk.quietly().then((e.FacilitatorAssigned("staff-4", frozenset({Flag.DOMESTIC_ABUSE})), SUPERVISOR))
    assert (walk.sent, walk.tasks) == (("prison: approach",), set())
    walk = walk.then((e.OffenderApproached(), FROM_PRISON), (e.OffenderAnswered("willing"), FROM_PRISON))
    walk = walk.then(e.ReadinessAssessed("ready"), ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert walk.to_victim == ["milestone"] * 4
    assert walk.case.stage is Stage.MEETING_HELD


def test_the_prison_says_ongoing_abuse() -> None:
    """Assessing; the prison reports ongoing abuse; no milestone; a supervisor upholds it; told; ended."""
    unsafe = e.ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.ONGOING_RISK_OR_ABUSE)
    walk = Walk(start_assessments()).then((unsafe, FROM_PRISON))
    assert (walk.case.step, walk.case.stage) == (Step.ASSESSING, Stage.OFFENDER_APPROACHED)
    assert walk.sent == (CONCERN_ALERT,), "the victim is not told that contact is prepared"
    assert walk.tasks == {"concern:15", "assessment:victim"}
    ended = walk.quietly().then((DECLINE, SUPERVISOR))
    assert ended.list_sent_to("prison") == ["prison: cancelled assessment", "prison: update concern_decided"]
    assert ended.list_sent_to("hmpps_rehub") == [
        "hmpps_rehub: update concern_decided, ended, contact_did_not_take_place",
    ]
    assert (ended.to_victim, ended.tasks) == ([], {"tell:16"})
    assert ended.then(TOLD).to_victim == ["ended, not_safe_at_present"]
    assert (ended.case.stage, ended.case.progress.reason) == (Stage.DECLINED, Reason.NOT_SAFE_AT_PRESENT)


def test_the_prison_speaks_for_the_victim() -> None:
    """Assessing; whatever the prison says of the victim is refused; a caseworker assesses the victim; held."""
    for_victim = e.ReadinessAssessed("ready", Side.VICTIM)
    walk = Walk(start_assessments())
    for_prison = replace(CASEWORKER, on_behalf_of=PRISON)
    for actor in (FROM_PRISON, for_prison):
        for event in (for_victim, e.ConsentRecorded(Consenter.VICTIM), e.Withdrawn(Side.VICTIM)):
            assert walk.refusal(event, actor) is Refusal.NOT_BY_THIS_SENDER
        assert walk.refusal(e.ReadinessAssessed("ready"), actor) is Refusal.MISSING_FIELD, "it must say whose"
    walk = walk.then((e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON))
    assert (walk.sent, walk.tasks) == (("victim: milestone",), {"preparation", "assessment:victim"})
    assert walk.refusal(ARRANGED) is Refusal.ASSESSMENT_OUTSTANDING
    walk = walk.then(for_victim, ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert walk.case.stage is Stage.MEETING_HELD


def test_on_hold_through_the_day_of_the_meeting() -> None:
    """Arranged; on hold; the day passes; the hold runs out; resumed; arranged again; held."""
    walk = Walk(schedule()).then(e.PutOnHold(Reason.SAFEGUARDING, TODAY + timedelta(days=30)))
    assert walk.case.progress.arrangement is None
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled, on_hold")
    assert (walk.to_victim, walk.list_sent_to("supervisor")) == (["day_cancelled"], [DAY_CANCELLED])
    assert walk.tasks == {"hold", "tell:17"}
    later = walk.quietly().then(TOLD).after(days=40)
    assert later.to_victim == ["day_not_kept, on_hold", "update, on_hold"]
    assert (later.list_sent_to("supervisor"), later.tasks) == (["supervisor: hold_ended"], {"hold"})
    resumed = later.quietly().then(e.Resumed())
    assert (resumed.case.step, resumed.case.progress.arrangement) == (Step.PREPARING, None), "it never comes back"
    assert (resumed.sent, resumed.tasks) == ((), {"preparation"})
    day = resumed.now.date() + timedelta(days=14)
    again = resumed.then(replace(ARRANGED, day=day)).until(day).then(hold_contact())
    assert again.case.stage is Stage.MEETING_HELD


def test_recall_to_custody_while_approaching() -> None:
    """Approaching through probation; recalled; the prison clears the case; it approaches first; the offender says no.

    Probation, which supervised the offender until then, may approach as well. 3.3c.
    """
    found = e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, PROBATION)
    walk = Walk(answer_checks(then(give_consents(open_request()), e.RequestScreened("proceed"), found)))
    assert walk.requests == {"probation: approach"}
    recalled = e.CircumstancesChanged(CircumstanceChange.MOVED, PRISON, Whereabouts.CUSTODY)
    walk = walk.then((recalled, as_agency(PROBATION)))
    assert (walk.case.step, walk.case.stage) == (Step.AGENCY_CHECK, Stage.OFFENDER_TRACED)
    assert walk.sent == ("probation: cancelled approach", "prison: agency_check"), "the victim learns nothing of it"
    cleared = walk.quietly().then((CLEARED, FROM_PRISON))
    assert (cleared.sent, cleared.tasks) == (("prison: approach", "probation: approach"), set())
    asked = cleared.then((e.OffenderApproached(), FROM_PRISON), (e.OffenderAnswered("unwilling"), FROM_PRISON))
    assert "probation: cancelled approach" in asked.sent
    assert asked.tasks == {"tell:16"}
    ended = asked.then(TOLD)
    assert ended.to_victim == ["milestone", "ended, offender_declined"]
    assert ended.case.stage is Stage.DECLINED


def test_a_facilitator_loses_accreditation_with_a_meeting_day_set() -> None:
    """Arranged; the register says that the accreditation ends before; somebody else is assigned; arranged; held."""
    before = MEETING_DAY - timedelta(days=1)
    walk = Walk(schedule()).then((e.FacilitatorChanged("staff-4", True, SPECIALIST, before), SERVICE))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to("supervisor") == [DAY_CANCELLED, "supervisor: facilitator_changed"]
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert (walk.to_victim, walk.tasks) == (["day_cancelled"], {"tell:17", "preparation"})
    assert walk.refusal(ARRANGED) is Refusal.FACILITATOR_NEEDED
    on_that_day = walk.until(MEETING_DAY)
    assert on_that_day.refusal(WEEK_LATER) is Refusal.FACILITATOR_NEEDED
    walk = walk.quietly().then(TOLD, (e.FacilitatorAssigned("staff-5", SPECIALIST, WEEK_LATER.day), SUPERVISOR))
    again = walk.then(WEEK_LATER)
    assert again.list_sent_to(*AGENCIES) == address_agencies("day_set")
    assert again.to_victim == ["day_not_kept", "milestone"]
    assert again.until(WEEK_LATER.day).then(hold_contact()).case.stage is Stage.MEETING_HELD


def test_a_hospital_order() -> None:
    """Found in hospital; it alone is asked, clears with its condition, approaches, assesses; letters; ended. 3.3b."""
    hospital = AgencyRef("hospital")
    from_hospital = as_agency(hospital)
    walk = Walk(then(give_consents(open_request()), e.RequestScreened("proceed")))
    walk = walk.then((e.TraceAnswered("found", Whereabouts.HOSPITAL, hospital), CASEWORKER))
    assert walk.requests == {"hospital: agency_check"}, "the ReHub has no part in it"
    cleared = e.AgencyCheckAnswered("no_objection", conditions=frozenset({Condition.INDIRECT_ONLY}))
    walk = walk.quietly().then((cleared, from_hospital))
    assert walk.sent == ("hospital: approach",)
    walk = walk.then((e.OffenderApproached(), from_hospital), (e.OffenderAnswered("willing"), from_hospital))
    assert walk.requests == {"hospital: assessment"}
    walk = walk.then((e.ReadinessAssessed("ready", Side.OFFENDER), from_hospital))
    assert walk.tasks == {"preparation", "assessment:victim"}
    walk = walk.then(e.ReadinessAssessed("ready", Side.VICTIM))
    assert walk.refusal(ARRANGED) is Refusal.CONDITION_NOT_MET
    met = walk.then(BY_LETTER).until(MEETING_DAY).then(hold_contact(Form.LETTER))
    assert met.to_victim == ["milestone"] * 4
    assert met.list_sent_to("hospital")[-1] == "hospital: update day_set"
    assert {line.partition(":")[0] for line in met.sent} == {"hospital", "victim", "supervisor"}
    ended = met.quietly().then(e.FollowUpEnded())
    assert ended.sent == ("hospital: update ended, contact_took_place", "victim: ended")
    assert ended.case.stage is Stage.MEETING_HELD
