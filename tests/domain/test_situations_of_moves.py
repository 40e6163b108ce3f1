"""Situations in which people move, come of age, die, or have another contact: path, what each is sent, and the end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.effects import NotifySupervisor, NotifyVictim
from domain.steps import consents_needed
from domain.victim_explanation import compose
from domain.victim_notifications import wants_messages
from domain.vocabulary import (
    AgencyRef,
    CaseRef,
    CircumstanceChange,
    Consenter,
    Form,
    Refusal,
    Side,
    Stage,
    Step,
    TakesPartAs,
    Whereabouts,
)
from tests.domain.alphabet import OTHER_SUPERVISOR, PROBATION, SERVICE, SUPERVISOR, as_agency
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
from tests.domain.test_safety import (
    ARRANGED,
    FROM_PRISON,
    MEETING_DAY,
    answer_checks,
    effects_of,
    schedule,
    start_approach,
    start_preparation,
    then,
)
from tests.domain.test_transfers import ACCEPTED, PROPOSED
from tests.domain.test_young_people import OFFENDER_IS_18, VICTIM_IS_18, young

STOPPED = e.MeetingHeld(Form.FACE_TO_FACE, "stopped_for_safety")
ANOTHER = e.AnotherContactPlanned(Form.FACE_TO_FACE)
YOUTH_TEAM = AgencyRef("youth_offending_team")


def test_an_offender_is_moved_from_the_youth_team_to_probation_at_18() -> None:
    """Preparing; 18; asked for their own consent; probation clears; another area accepts and clears again; held."""
    walk = Walk(young(victim_under_18=False)).then((OFFENDER_IS_18, SERVICE))
    assert (walk.sent, walk.tasks) == ((), {"own_consent:offender", "preparation"})
    assert set(consents_needed(walk.case)) == {Consenter.VICTIM, Consenter.OFFENDER}, "no parent any more"
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, PROBATION, Whereabouts.COMMUNITY_SUPERVISED)
    walk = walk.then((moved, as_agency(YOUTH_TEAM)))
    assert walk.requests == {"probation: agency_check", "hmpps_rehub: agency_check"}
    assert walk.refusal(ARRANGED) is Refusal.CHECK_OUTSTANDING
    walk = Walk(answer_checks(walk.case))
    assert walk.refusal(ARRANGED) is Refusal.OWN_CONSENT_NEEDED
    walk = walk.then((e.ConsentRecorded(Consenter.OFFENDER), as_agency(PROBATION)))
    assert walk.tasks == {"preparation"}
    walk = walk.then(PROPOSED, (ACCEPTED, OTHER_SUPERVISOR))
    assert "probation: update transferred" in walk.sent
    assert walk.list_sent_to("victim", "supervisor") == ["victim: transferred", "supervisor: transfer_accepted"]
    assert walk.case.policy == young().policy, "the youth policy, until another is adopted"
    assert walk.refusal(ARRANGED) is Refusal.FACILITATOR_NEEDED
    assert walk.requests == {"probation: agency_check", "hmpps_rehub: agency_check"}
    walk = Walk(answer_checks(walk.then((e.FacilitatorAssigned("staff-9"), SUPERVISOR)).case), sent=walk.sent)
    walk = walk.then(ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert walk.to_victim == ["transferred", "milestone", "milestone"]
    assert walk.case.stage is Stage.MEETING_HELD


@pytest.mark.parametrize("missing", [Consenter.VICTIM_GUARDIAN, Consenter.OFFENDER_GUARDIAN])
def test_both_sides_are_under_18_and_one_parent_consents(missing: Consenter) -> None:
    """Preparing; one parent has consented; no day is set before the parent of the other child does; held."""
    walk = Walk(young(but=missing))
    assert set(consents_needed(walk.case)) == {
        Consenter.VICTIM,
        Consenter.OFFENDER,
        Consenter.VICTIM_GUARDIAN,
        Consenter.OFFENDER_GUARDIAN,
    }
    assert walk.refusal(ARRANGED) is Refusal.CONSENT_MISSING
    from_team = as_agency(YOUTH_TEAM)
    may_speak = missing is Consenter.OFFENDER_GUARDIAN
    expected = None if may_speak else Refusal.NOT_BY_THIS_SENDER
    assert walk.refusal(e.ConsentRecorded(missing), from_team) is expected, "the youth team speaks for its own side"
    arranged = walk.then(e.ConsentRecorded(missing), ARRANGED)
    assert arranged.sent == ("youth_offending_team: update day_set", "victim: milestone")
    met = arranged.quietly().until(MEETING_DAY).then(hold_contact())
    assert met.to_victim == ["milestone"]
    assert met.case.stage is Stage.MEETING_HELD


def test_the_victim_moves_to_another_area_while_preparing() -> None:
    """Preparing; proposed with their consent; accepted there; another facilitator and clearances; held there."""
    walk = Walk(start_preparation()).then(PROPOSED)
    assert (walk.sent, walk.tasks) == ((), {"preparation", "transfer:south"})
    todo = effects_of(walk.case, ACCEPTED, OTHER_SUPERVISOR)
    (message,) = [effect for effect in todo if isinstance(effect, NotifyVictim)]
    assert compose(message)[0] == "Others in our service have your request now"
    (alert,) = [effect for effect in todo if isinstance(effect, NotifySupervisor)]
    assert "no caseworker and no facilitator" in compose(alert)[0]
    moved = walk.then((ACCEPTED, OTHER_SUPERVISOR))
    asked_there = [f"{agency}: agency_check" for agency in AGENCIES]
    assert moved.list_sent_to(*AGENCIES) == [*address_agencies("transferred"), *asked_there]
    assert moved.list_sent_to("victim", "supervisor") == ["victim: transferred", "supervisor: transfer_accepted"]
    assert (moved.case.area, moved.case.step, moved.tasks) == ("south", Step.PREPARING, {"preparation", "facilitator"})
    assert moved.refusal(ARRANGED) is Refusal.FACILITATOR_NEEDED
    cleared = Walk(answer_checks(moved.then((e.FacilitatorAssigned("staff-9"), SUPERVISOR)).case))
    met = cleared.then(ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert (met.list_sent_to(*AGENCIES), met.to_victim) == (address_agencies("day_set"), ["milestone", "milestone"])
    assert met.case.stage is Stage.MEETING_HELD


def test_the_victim_dies_and_their_sister_continues_the_case() -> None:
    """Arranged; reported; confirmed; ended; the sister asks at once, with fresh consents; asked again; prepared; held.

    The offender said yes to somebody else, so that they are asked about her.
    """
    reported = Walk(schedule()).then(e.DeathReported(Side.VICTIM))
    assert (reported.case.step, reported.case.progress.arrangement) == (Step.PREPARING, None)
    assert reported.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert reported.list_sent_to("supervisor") == [DAY_CANCELLED, "supervisor: urgent death_reported"]
    assert not wants_messages(reported.case), "so that the outbox keeps back whatever is in it"
    ended = reported.quietly().then(e.DeathConfirmed(Side.VICTIM))
    assert ended.sent == tuple(address_agencies("ended, contact_did_not_take_place"))
    assert (ended.case.stage, ended.case.progress.reason, ended.tasks) == (Stage.DECLINED, "victim_died", set())
    assert ended.quietly().after(weeks=20).sent == ()
    again = Walk(continue_case(ended.case, takes_part_as=TakesPartAs.BEREAVED_FAMILY))
    assert (again.case.step, again.tasks) == (Step.AGENCY_CHECK, set())
    assert again.requests == {"hmpps_rehub: agency_check", "prison: agency_check"}
    asked = Walk(answer_checks(again.case))
    assert asked.requests == {"prison: approach"}
    willing = asked.then(e.OffenderApproached(), e.OffenderAnswered("willing", may_be_told=True)).quietly()
    ready = willing.then(e.ReadinessAssessed("ready"), ARRANGED)
    met = ready.until(MEETING_DAY).then(hold_contact())
    assert met.to_victim == ["milestone", "milestone", "milestone"]
    assert met.case.stage is Stage.MEETING_HELD


def test_a_meeting_is_stopped_and_a_second_one_takes_place_three_weeks_later() -> None:
    """Stopped; alerted and told; three weeks later planned; both assessed again; arranged; held; followed up; ended."""
    walk = Walk(schedule()).until(MEETING_DAY).quietly().then(STOPPED)
    assert walk.sent == ("supervisor: urgent meeting_held",), "and nothing to the victim before they were told"
    assert walk.tasks == {"follow_up:1-1", "tell:18"}
    assert walk.refusal(e.MeetingArranged(Form.FACE_TO_FACE, MEETING_DAY + timedelta(days=7))) is (
        Refusal.NOT_ALLOWED_NOW
    )
    walk = walk.then(TOLD)
    assert walk.to_victim == ["milestone, stopped"]
    planned = walk.quietly().after(weeks=3).quietly().then(ANOTHER)
    assert planned.sent == ("prison: assessment", "victim: contact_planned")
    assert planned.tasks == {"assessment:victim", "follow_up:1-1", "preparation"}
    day = e.MeetingArranged(Form.FACE_TO_FACE, planned.now.date() + timedelta(days=3))
    assert planned.refusal(day) is Refusal.ASSESSMENT_OUTSTANDING
    ready = planned.then((e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON))
    ready = ready.then(e.ReadinessAssessed("ready", Side.VICTIM), day)
    met = ready.quietly().until(day.day).then(hold_contact())
    assert [contact.result for contact in met.case.progress.contacts] == ["stopped_for_safety", "completed"]
    assert (met.to_victim, met.tasks) == (["milestone"], {"follow_up:1-1", "follow_up:2-1"})
    ended = met.quietly().then(e.FollowUpEnded())
    assert ended.sent == (*address_agencies("ended, contact_took_place"), "victim: ended")
    assert ended.case.stage is Stage.MEETING_HELD


def test_of_two_offenders_one_says_yes_and_one_no() -> None:
    """Two cases of one crime; no event crosses; each end is told for itself; one meeting is held."""
    yes = Walk(start_approach(incident="CR-1")).then((e.OffenderApproached(), FROM_PRISON))
    no = Walk(replace(start_approach(incident="CR-1"), ref=CaseRef("RJ-8R3M-2K4P")))
    no = no.then((e.OffenderApproached(), FROM_PRISON))
    assert yes.to_victim == no.to_victim == ["milestone"]
    refused = no.quietly().then((e.OffenderAnswered("unwilling"), FROM_PRISON))
    assert refused.sent == tuple(address_agencies("ended, contact_did_not_take_place"))
    assert refused.tasks == {"tell:14"}, "a caseworker tells the victim first"
    assert refused.then(TOLD).to_victim == ["ended, offender_declined"]
    willing = yes.then((e.OffenderAnswered("willing"), FROM_PRISON), e.ReadinessAssessed("ready"), ARRANGED)
    met = willing.until(MEETING_DAY).then(hold_contact())
    assert met.to_victim == ["milestone"] * 4
    assert (refused.case.stage, met.case.stage) == (Stage.DECLINED, Stage.MEETING_HELD)


def test_a_victim_of_16_who_is_18_when_the_meeting_comes() -> None:
    """Arranged; 18 on the eve; the day is cancelled; nothing is written before they speak; arranged again; held."""
    walk = on_the_eve(then(young(), ARRANGED)).then((VICTIM_IS_18, SERVICE))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.sent == ("youth_offending_team: update day_cancelled", "victim: day_cancelled", DAY_CANCELLED)
    assert walk.tasks == {"own_consent:victim", "tell:16", "preparation"}
    assert walk.refusal(ARRANGED) is Refusal.OWN_CONSENT_NEEDED
    assert walk.refusal(e.MessagePassed(Form.LETTER, "offender")) is Refusal.OWN_CONSENT_NEEDED
    waiting = walk.quietly().then(TOLD).after(weeks=5)
    assert waiting.to_victim == [], "the address may be a parent's"
    assert "supervisor: became_overdue" in waiting.sent
    spoken = waiting.quietly().then(e.ConsentRecorded(Consenter.VICTIM))
    assert spoken.tasks == {"preparation"}
    day = spoken.now.date() + timedelta(days=14)
    met = spoken.then(replace(ARRANGED, day=day)).until(day).then(hold_contact())
    assert met.to_victim == ["milestone", "milestone"]
    assert met.case.stage is Stage.MEETING_HELD, "without a guardian"
