"""Situations of news, waiting and questions: each with its path, what each person is sent, and its end."""

from collections import Counter
from datetime import timedelta

import pytest

from domain import events as e
from domain.case import find_wait
from domain.events import Actor
from domain.reasons import Reason
from domain.routes import route_of
from domain.victim_explanation import explain, victim_view
from domain.vocabulary import (
    AgencyRef,
    Flag,
    Form,
    Refusal,
    Route,
    Side,
    Stage,
    Step,
    WaitKey,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, SUPERVISOR, VICTIM, as_agency
from tests.domain.situations import AGENCIES, DAY_CANCELLED, TOLD, Walk, address_agencies, hold_contact, on_the_eve
from tests.domain.slices import give_consents, open_request
from tests.domain.test_safety import (
    ARRANGED,
    CLEARED,
    FOUND,
    FROM_PRISON,
    MEETING_DAY,
    TODAY,
    schedule,
    start_preparation,
    then,
)

REHUB = as_agency(AgencyRef("hmpps_rehub"))
OF_REHUB = WaitKey("agency_check:hmpps_rehub")
OF_PRISON = WaitKey("agency_check:prison")
THREE_MONTHS = timedelta(days=91)


def start_checks() -> Walk:
    """The offender is in prison; the prison and the ReHub are asked for their checks."""
    return Walk(then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND))


def read_by_victim(walk: Walk) -> str:
    """What the victim would read now."""
    return explain(victim_view(walk.case, walk.now.date())).happened


def test_the_death_of_the_offender_is_reported_by_mistake() -> None:
    """Preparing; the prison reports it; a caseworker finds out that it is not so; arranged; held."""
    walk = Walk(start_preparation()).then((e.DeathReported(Side.OFFENDER), FROM_PRISON))
    assert (walk.sent, walk.tasks) == (
        ("supervisor: urgent death_reported",),
        {"death:offender", "preparation"},
    )
    assert walk.refusal(ARRANGED) is Refusal.DEATH_REPORTED
    assert "died" not in read_by_victim(walk)
    alive = walk.quietly().then(e.DeathNotConfirmed(Side.OFFENDER))
    assert (alive.sent, alive.tasks) == ((), {"preparation"}), "nobody had been told of a death"
    met = alive.then(ARRANGED).until(MEETING_DAY).then(hold_contact())
    assert met.to_victim == ["milestone", "milestone"]
    assert met.case.stage is Stage.MEETING_HELD
    assert walk.then(e.DeathConfirmed(Side.OFFENDER)).tasks == {"tell:17"}, "had it been so, a person would tell it"


def test_a_charity_is_asked_though_probation_referred_the_case() -> None:
    """On the charity's route, but probation is asked first, finds, checks and approaches; held; it hears of the end."""
    officer = AgencyRef("probation:eastmoor-probation")
    referred = open_request(has_vlo=False, referred_by=officer)
    assert route_of(referred.request) is Route.CHARITY
    walk = Walk(give_consents(referred)).then(e.RequestScreened("proceed"))
    assert walk.sent == ("probation:eastmoor-probation: trace",), "the charity would have to ask probation"
    not_found = walk.then((e.TraceAnswered("not_found"), as_agency(officer)))
    assert not_found.requests == {"charity: trace"}, "and is asked only where probation does not know"
    walk = walk.then((e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, officer), as_agency(officer)))
    assert walk.requests == {f"{officer}: agency_check", "hmpps_rehub: agency_check"}
    walk = walk.then((CLEARED, as_agency(officer)), (CLEARED, REHUB), (e.OffenderApproached(), as_agency(officer)))
    walk = walk.then((e.OffenderAnswered("willing"), as_agency(officer)), e.ReadinessAssessed("ready"), ARRANGED)
    met = walk.until(MEETING_DAY).then(hold_contact())
    assert met.to_victim == ["milestone"] * 5
    ended = met.quietly().then(e.FollowUpEnded())
    assert ended.sent == (
        f"{officer}: update ended, contact_took_place",
        "hmpps_rehub: update ended, contact_took_place",
        "victim: ended",
    )
    assert "charity" not in {asked.agency for asked in ended.case.asked}
    assert ended.case.stage is Stage.MEETING_HELD


def test_the_rehub_is_silent_for_eleven_months() -> None:
    """Reminded weekly; the victim written to every four weeks; supervisors alerted; then an answer, or a decision."""
    walk = start_checks().then((CLEARED, FROM_PRISON)).quietly().after(days=334)
    sent = Counter(walk.sent)
    assert sent["hmpps_rehub: remind of agency_check"] > 40
    assert sent["prison: agency_check"] == 1, "its clearance counts for six months"
    assert sent["supervisor: became_overdue"] >= 1
    assert sent["supervisor: second_notice"] >= 1
    assert walk.to_victim[:2] == ["update", "update"]
    assert set(walk.to_victim[2:]) == {"long_wait"}
    assert sent["supervisor: victim_updated"] == sent["victim: long_wait"], "a manager has in fact been asked"
    assert 11 <= len(walk.to_victim) <= 12
    assert (walk.case.step, walk.tasks) == (Step.AGENCY_CHECK, {"risk"}), "nobody is skipped, and nothing ends"
    answered = walk.quietly().then((CLEARED, REHUB), (CLEARED, FROM_PRISON))
    assert answered.requests == set(), "the risk was assessed too long ago"
    asked = answered.then(e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)))
    assert asked.requests == {"prison: approach"}
    given_up = walk.quietly().then((e.NoResponseRecorded(OF_REHUB), SUPERVISOR))
    assert given_up.sent == ("hmpps_rehub: cancelled agency_check",)
    declined = e.DeclinedByService(Reason.AGENCY_NO_RESPONSE)
    assert given_up.refusal(declined) is Refusal.SUPERVISOR_DECIDES
    ended = given_up.then((declined, SUPERVISOR), TOLD)
    assert ended.to_victim == ["ended, agency_no_response"]
    assert ended.case.stage is Stage.DECLINED


def test_contested_proceedings_and_a_hold_of_300_days() -> None:
    """Screening; on hold; the updates say so; the hold runs out; resumed; screened and refused; told; ended."""
    until = TODAY + timedelta(days=300)
    walk = Walk(open_request()).then(e.PutOnHold(Reason.CONTESTED_PROCEEDINGS_LIVE, until))
    assert (walk.sent, walk.tasks) == ((), {"hold"})
    assert "paused for now" in read_by_victim(walk)
    later = walk.until(until + timedelta(days=2))
    assert later.to_victim == ["update, on_hold"] * 11, "none says that it takes too long"
    assert (later.list_sent_to("supervisor"), later.tasks) == (["supervisor: hold_ended"], {"hold"})
    resumed = later.quietly().then(e.Resumed())
    assert (resumed.sent, resumed.tasks) == ((), {"screening"})
    assert "paused" not in read_by_victim(resumed)
    ended = resumed.then(e.RequestScreened("refuse", Reason.NO_STANDING))
    assert (ended.to_victim, ended.tasks) == ([], {"tell:16"})
    assert ended.then(TOLD).to_victim == ["ended, no_standing"]
    assert ended.case.stage is Stage.DECLINED


def test_preparation_was_enough() -> None:
    """Preparing; the victim has what they need; a good end, in the words of one, and without a bar."""
    walk = Walk(start_preparation()).then(e.Withdrawn(Side.VICTIM, Reason.VICTIM_NEEDS_MET))
    assert walk.sent == (*address_agencies("ended, contact_did_not_take_place"), "victim: ended, victim_needs_met")
    assert (walk.case.progress.reason, walk.tasks) == (Reason.VICTIM_NEEDS_MET, set()), "it is no news to them"
    words = explain(victim_view(walk.case, walk.now.date()))
    assert words.heading == "Your request is complete"
    assert "you have what you need" in words.happened
    assert "at any time" in words.could_change


def test_a_checker_requests_more_information() -> None:
    """Checking; the prison must know more; its clock stops; a caseworker finds it out; asked again; cleared."""
    walk = start_checks()
    before = find_wait(walk.case, OF_PRISON)
    assert before is not None
    asked_back = walk.then((e.InformationRequested(OF_PRISON), FROM_PRISON))
    assert (asked_back.sent, asked_back.tasks) == ((), {f"information:{OF_PRISON}"})
    assert asked_back.requests == {"hmpps_rehub: agency_check"}
    question = find_wait(asked_back.case, WaitKey(f"information:{OF_PRISON}"))
    assert question is not None
    days_between = walk.case.calendar.working_days_between
    assert days_between(TODAY, question.due_on) == 5
    given = asked_back.after(days=7).then(e.InformationGiven())
    assert given.sent == ("prison: agency_check",)
    after = find_wait(given.case, OF_PRISON)
    assert after is not None
    assert days_between(given.now.date(), after.due_on) == days_between(TODAY, before.due_on), "the time that was left"
    cleared = given.quietly().then((CLEARED, FROM_PRISON), (CLEARED, REHUB))
    assert (cleared.sent, cleared.case.step) == (("prison: approach",), Step.APPROACHING)
    assert cleared.to_victim == []


@pytest.mark.parametrize("by", [CASEWORKER, VICTIM], ids=["told to a caseworker", "by their link"])
def test_the_victim_withdraws_on_the_eve_and_the_prison_must_know(by: Actor) -> None:
    """Arranged; on the eve the victim withdraws; the agencies hear of the day and of the end in one; closed."""
    walk = on_the_eve(schedule()).then((e.Withdrawn(Side.VICTIM), by))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled, ended, contact_did_not_take_place")
    assert (walk.to_victim, walk.tasks) == (["ended, victim_withdrew"], set()), "they know, and are told nothing twice"
    assert (walk.case.stage, walk.case.progress.reason) == (Stage.DECLINED, Reason.VICTIM_WITHDREW)


def test_the_offender_withdraws_on_the_eve_and_the_victim_must_know() -> None:
    """Arranged; on the eve the prison says that the offender withdraws; the victim is rung before they travel."""
    walk = on_the_eve(schedule()).then((e.Withdrawn(Side.OFFENDER), FROM_PRISON))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled, ended, contact_did_not_take_place")
    assert (walk.list_sent_to("supervisor"), walk.to_victim) == ([DAY_CANCELLED], ["day_cancelled"])
    news = walk.case.news
    assert news is not None
    assert (news.day, news.wait.due_on) == (MEETING_DAY, walk.now.date())
    told = walk.quietly().then(TOLD)
    assert (told.to_victim, told.tasks) == (["ended, offender_withdrew"], set())
    assert (told.case.stage, told.case.progress.reason) == (Stage.DECLINED, Reason.OFFENDER_WITHDREW)


def test_the_victim_wants_a_break_of_three_months() -> None:
    """Arranged; the victim asks by their link; the day is cancelled; updates say so; they come back; held."""
    until = TODAY + THREE_MONTHS
    walk = Walk(schedule()).then((e.PutOnHold(Reason.VICTIM_WISHES, until), VICTIM))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled, on_hold")
    assert walk.tasks == {"hold"}, "they know of the day"
    assert walk.list_sent_to("supervisor") == [DAY_CANCELLED], "so that nobody else travels"
    later = walk.quietly().until(until - timedelta(days=1))
    assert later.to_victim == ["update, on_hold_as_wished"] * 3
    assert "You asked us for a break" in read_by_victim(later)
    assert later.list_sent_to("supervisor", *AGENCIES) == []
    back = later.quietly().then((e.Resumed(), VICTIM))
    assert back.tasks == {"preparation", "risk"}, "the risk was assessed twelve weeks ago"
    back = back.then(e.RiskAssessed("direct", False, specialist_in=frozenset(Flag)))
    day = back.now.date() + timedelta(days=14)
    met = back.then(e.MeetingArranged(Form.FACE_TO_FACE, day)).until(day).then(hold_contact())
    assert met.to_victim == ["milestone", "milestone"]
    assert met.case.stage is Stage.MEETING_HELD


def test_a_quiet_break_of_three_months_sends_the_victim_nothing() -> None:
    """Preparing; the victim wants no messages meanwhile; resumed; written to again from then on."""
    held_quiet = e.PutOnHold(Reason.VICTIM_WISHES, TODAY + THREE_MONTHS, quiet=True)
    walk = Walk(start_preparation()).then(held_quiet).until(TODAY + THREE_MONTHS)
    assert walk.to_victim == []
    assert walk.then(e.Resumed()).after(weeks=5).to_victim == ["update", "update"]
