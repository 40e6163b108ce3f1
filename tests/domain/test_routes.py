"""Which agencies are asked for the trace, in which order, whose checks follow, and where a case is reopened."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain import events as e
from domain.events import Continuation, Record
from domain.intake import open_case
from domain.opening import step_reopened
from domain.policy import YOUTH
from domain.process import advance
from domain.reasons import REOPENS_AT_ONCE, Reason
from domain.refusals import RecordRefused
from domain.routes import agencies_of, checkers_of, responsible_for, route_of
from domain.vocabulary import AgeGroup, AgencyRef, CaseRef, Form, Refusal, Route, Stage, Step, Whereabouts
from tests.domain.alphabet import CASEWORKER, PRISON, PROBATION
from tests.domain.slices import NOW, REF, make_request, open_request
from tests.domain.test_safety import start_preparation

ENDED = CaseRef("RJ-2222-3333")


@pytest.mark.parametrize("age", [AgeGroup.UNDER_18, AgeGroup.ADULT_ON_YOUTH_ORDER])
def test_a_young_offender_is_sought_by_the_youth_offending_team_under_its_own_policy(age: AgeGroup) -> None:
    assert agencies_of(make_request(offender_age_group=age)) == ("youth_offending_team",)
    assert open_request(offender_age_group=age).policy == YOUTH


def test_a_victim_with_a_liaison_officer_goes_by_the_police() -> None:
    assert agencies_of(make_request(has_vlo=True)) == ("vlo", "probation", "prison")


@pytest.mark.parametrize("years", [0, 5, 6, 40])
def test_the_years_since_the_offence_decide_no_route(years: int) -> None:
    """3.3a."""
    assert route_of(make_request(has_vlo=True, years_since_offence=years)) is Route.POLICE
    assert route_of(make_request(has_vlo=False, years_since_offence=years)) is Route.CHARITY


@pytest.mark.parametrize("stated", [{"has_vlo": False}, {"in_touch_with_police": False}])
def test_without_an_officer_or_no_longer_with_one_the_charity_seeks(stated: dict[str, object]) -> None:
    assert route_of(make_request(**stated)) is Route.CHARITY
    assert agencies_of(make_request(**stated)) == ("charity", "probation", "prison")


@pytest.mark.parametrize("referrer", ["probation", "prison", "probation:westmoor", "hospital", "youth_offending_team"])
def test_a_referrer_that_works_with_the_offender_is_asked_for_the_trace_first(referrer: str) -> None:
    """3.2; it is asked once."""
    asked = agencies_of(make_request(has_vlo=False, referred_by=referrer))
    assert asked[0] == referrer
    kinds = [agency.partition(":")[0] for agency in asked]
    assert len(kinds) == len(set(kinds))
    assert {"charity", "probation", "prison"} <= set(kinds)


@pytest.mark.parametrize("referrer", ["", "person", "police", "vlo", "charity:westmoor", "court", "hmpps_rehub"])
def test_another_referrer_changes_no_route(referrer: str) -> None:
    """3.2."""
    assert agencies_of(make_request(has_vlo=True, referred_by=referrer)) == ("vlo", "probation", "prison")


def test_a_referrer_of_no_known_kind_is_refused() -> None:
    with pytest.raises(RecordRefused) as why:
        open_request(referred_by="weather_office")
    assert why.value.code is Refusal.UNKNOWN_AGENCY


def test_a_meeting_may_have_been_held_since_the_day_of_the_referral() -> None:
    """3.2, 4.8."""
    referred_on = NOW.date() - timedelta(days=40)
    case = replace(start_preparation(), request=make_request(referred_on=referred_on))
    held = e.MeetingHeld(Form.FACE_TO_FACE, "completed", on=referred_on)
    assert advance(case, Record("held", held, CASEWORKER), NOW).step is Step.FOLLOWING_UP
    earlier = replace(held, on=referred_on - timedelta(days=1))
    with pytest.raises(RecordRefused) as why:
        advance(case, Record("held", earlier, CASEWORKER), NOW)
    assert why.value.code is Refusal.DAY_BEFORE_REQUEST


@pytest.mark.parametrize("responsible", [PRISON, PROBATION, AgencyRef("prison:eastmoor"), AgencyRef("charity")])
def test_the_rehub_is_heard_where_the_offender_is_in_prison_or_on_probation(responsible: AgencyRef) -> None:
    assert checkers_of(responsible, Whereabouts.CUSTODY) == (responsible, "hmpps_rehub")


def test_a_court_gives_leave_where_the_offender_is_on_bail_and_is_not_asked_twice() -> None:
    assert checkers_of(AgencyRef("restorative_service"), Whereabouts.ON_BAIL) == ("restorative_service", "court")
    assert checkers_of(AgencyRef("court"), Whereabouts.ON_BAIL) == ("court",)


def test_where_nobody_supervises_the_offender_we_are_responsible_ourselves() -> None:
    assert responsible_for(Whereabouts.UNSUPERVISED, None) == "restorative_service"
    assert responsible_for(Whereabouts.CUSTODY, None) is None


@pytest.mark.parametrize(
    ("reason", "came_from", "step"),
    [
        (Reason.NO_MATCH, Stage.REQUESTED, Step.TRACING),
        (Reason.AGENCY_OBJECTS, Stage.OFFENDER_TRACED, Step.AGENCY_CHECK),
        (Reason.OFFENDER_DECLINED, Stage.OFFENDER_APPROACHED, Step.AGENCY_CHECK),
        (Reason.MOTIVE_CONCERN, Stage.READINESS_ASSESSED, Step.ASSESSING),
    ],
)
def test_a_case_is_taken_up_again_where_it_ended(reason: Reason, came_from: Stage, step: Step) -> None:
    ended = Continuation(ENDED, Stage.DECLINED, date(2024, 1, 8), reason, came_from, False, None, PRISON)
    assert open_request(continues=ended).step is step
    assert open_request(continues=ended).consents == ()


def test_a_second_contact_after_a_meeting_is_prepared_at_once() -> None:
    ended = Continuation(ENDED, Stage.MEETING_HELD, date(2024, 1, 8), responsible_agency=PRISON)
    assert step_reopened(ended) is Step.PREPARING


@pytest.mark.parametrize(
    ("reason", "upheld", "too_soon"),
    [
        (Reason.NO_MATCH, False, True),
        (Reason.NO_MATCH, True, False),
        (Reason.OFFENDER_DECLINED, False, True),
        *((reason, False, False) for reason in sorted(REOPENS_AT_ONCE)),
    ],
)
def test_six_months_pass_before_unless_nobody_decided_against_contact_or_a_review_was_upheld(
    reason: Reason, upheld: bool, too_soon: bool
) -> None:
    ended = Continuation(ENDED, Stage.DECLINED, NOW.date() - timedelta(days=30), reason, review_upheld=upheld)
    """2.8."""
    if too_soon:
        assert get_refusal(ended) is Refusal.TOO_SOON
    else:
        assert open_request(continues=ended).ref == REF


def test_an_unknown_agency_or_a_day_in_another_age_is_refused_and_breaks_nothing() -> None:
    strange = Continuation(ENDED, Stage.DECLINED, date(2024, 1, 8), responsible_agency=AgencyRef("weather_office"))
    assert get_refusal(strange) is Refusal.UNKNOWN_AGENCY
    assert get_refusal(Continuation(ENDED, Stage.DECLINED, date(9999, 12, 31))) is Refusal.DAY_OUT_OF_REACH


@pytest.mark.parametrize("came_from", list(Stage))
def test_a_continued_case_enters_somewhere_whatever_stage_it_came_from(came_from: Stage) -> None:
    ended = Continuation(ENDED, Stage.DECLINED, date(2024, 1, 8), None, came_from, responsible_agency=PRISON)
    assert open_request(continues=ended).progress.waits


def get_refusal(ended: Continuation) -> Refusal:
    """Why a request that continues `ended` is refused."""
    with pytest.raises(RecordRefused) as why:
        open_case(REF, Record("opening", make_request(continues=ended), CASEWORKER), NOW)
    return why.value.code
