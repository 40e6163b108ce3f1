"""Situations of dates and policies: each with its path, what each person is sent, and its end."""

from datetime import timedelta

from domain import events as e
from domain.case import consent_of
from domain.vocabulary import AgencyRef, Consenter, DeadlineKind, Disposal, Form, Refusal, Stage, Step
from tests.domain.alphabet import as_agency
from tests.domain.situations import AGENCIES, DAY_CANCELLED, TOLD, Walk, address_agencies, hold_contact
from tests.domain.slices import give_consents, open_request
from tests.domain.test_safety import ARRANGED, CLEARED, FOUND, FROM_PRISON, MEETING_DAY, TODAY, schedule

WEEKS = 16
REFERRED_ON = TODAY - timedelta(days=7)


def test_an_out_of_court_disposal_comes_to_its_end_in_16_weeks() -> None:
    """Referred a week ago; traced, checked, approached, ready; a letter; three follow-ups; ended in time. 4.10a."""
    case = give_consents(
        open_request(disposal=Disposal.OUT_OF_COURT, referred_on=REFERRED_ON, preferred_form=Form.LETTER)
    )
    assert case.policy.name == "out_of_court"
    (deadline,) = case.deadlines
    assert (deadline.kind, deadline.on) == (DeadlineKind.DISPOSAL_END, REFERRED_ON + timedelta(weeks=WEEKS))
    walk = Walk(case).then(e.RequestScreened("proceed")).after(days=7).then(FOUND)
    assert walk.list_sent_to("vlo") == ["vlo: trace", "vlo: remind of trace", "vlo: cancelled trace"], (
        "after three days"
    )
    walk = walk.then((CLEARED, FROM_PRISON), (CLEARED, as_agency(AgencyRef("hmpps_rehub")))).after(days=4)
    walk = walk.then((e.OffenderApproached(), FROM_PRISON)).after(days=6)
    walk = walk.then((e.OffenderAnswered("willing"), FROM_PRISON)).after(days=10).then(e.ReadinessAssessed("ready"))
    assert walk.to_victim == ["milestone"] * 3
    day = walk.now.date() + timedelta(days=14)
    walk = walk.quietly().then(e.MeetingArranged(Form.LETTER, day)).until(day).then(hold_contact(Form.LETTER))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_set")
    assert walk.to_victim == ["milestone", "milestone"]
    walk = walk.quietly()
    for weeks in walk.case.policy.follow_ups:
        walk = walk.until(day + timedelta(weeks=weeks)).then(e.FollowUpRecorded("none"))
    assert walk.list_sent_to(*AGENCIES) == address_agencies("ended, contact_took_place")
    assert walk.to_victim == ["update", "ended"]
    assert walk.list_sent_to("supervisor") == ["supervisor: deadline_near"]
    assert (walk.case.step, walk.case.stage, walk.tasks) == (Step.CLOSED, Stage.MEETING_HELD, set())
    assert walk.now.date() < deadline.on


def test_a_consent_that_was_signed_earlier_arrives_later() -> None:
    """Arranged; the offender withdraws their consent; an older one arrives: it does not count; a new one does; held.

    4.5a, 4.5b.
    """
    walk = Walk(schedule()).after(days=5)
    walk = walk.quietly().then((e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"), FROM_PRISON))
    assert (walk.case.step, walk.case.progress.arrangement) == (Step.PREPARING, None)
    assert walk.list_sent_to(*AGENCIES) == address_agencies("day_cancelled")
    assert (walk.to_victim, walk.list_sent_to("supervisor")) == (["day_cancelled"], [DAY_CANCELLED])
    assert walk.tasks == {"tell:17", "preparation"}
    given = e.ConsentRecorded(Consenter.OFFENDER)
    late = walk.quietly().then(TOLD).after(days=1).then((given, FROM_PRISON), occurred_on=TODAY + timedelta(days=2))
    assert late.to_victim == ["day_not_kept"]
    assert consent_of(late.case, Consenter.OFFENDER) == consent_of(walk.case, Consenter.OFFENDER)
    assert late.case.version == walk.case.version + 2, "it is in the file all the same"
    assert late.refusal(ARRANGED) is Refusal.CONSENT_MISSING
    again = late.quietly().then((given, FROM_PRISON), ARRANGED)
    assert again.sent == (*address_agencies("day_set"), "victim: milestone")
    assert again.until(MEETING_DAY).then(hold_contact()).case.stage is Stage.MEETING_HELD
