"""4.1, 4.3 and 4.5: what staff correct, note and date."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import pytest

from domain import events as e
from domain.case import Case, consent_of
from domain.effects import effects
from domain.events import Actor, Event, Record
from domain.process import advance
from domain.reasons import Reason
from domain.refusals import RecordRefused
from domain.vocabulary import (
    DIRECT_FORMS,
    INDIRECT_FORMS,
    AgeGroup,
    Consenter,
    DeadlineKind,
    Disposal,
    Flag,
    InitiatedBy,
    Offence,
    Refusal,
    Step,
    TakesPartAs,
    WaitKind,
    Whereabouts,
)
from tests.domain.alphabet import ANOTHER, CASEWORKER, NEVER_ASKED, PRISON, SUPERVISOR, VICTIM, as_agency
from tests.domain.slices import NOW, open_request
from tests.domain.test_safety import schedule, start_preparation

TODAY = NOW.date()


def record(case: Case, event: Event, by: Actor = CASEWORKER, days: int = 0, **stated: Any) -> Case:
    """The case after `event`, recorded `days` later."""
    return advance(case, Record(f"entry-{case.version}", event, by, **stated), NOW + timedelta(days=days))


def refusal(case: Case, event: Event, by: Actor = CASEWORKER, days: int = 0, **stated: Any) -> Refusal:
    """Why `event` is refused."""
    with pytest.raises(RecordRefused) as refused:
        record(case, event, by, days, **stated)
    return refused.value.code


# 4.1


def test_a_corrected_offence_adds_its_flag_and_keeps_the_request_as_it_came() -> None:
    """Situation: a correction of an offence adds its flag."""
    case = record(start_preparation(), e.FactsCorrected(offence=Offence.DOMESTIC_ABUSE))
    assert Flag.DOMESTIC_ABUSE in case.flags
    assert case.request.offence is Offence.DOMESTIC_ABUSE
    assert case.original is not None
    assert case.original.offence is Offence.NOT_STATED


def test_a_corrected_offence_that_needs_care_cancels_a_meeting_day_that_is_set() -> None:
    before = schedule()
    assert before.facilitator is not None
    plain = record(before, e.FacilitatorAssigned(before.facilitator.id), SUPERVISOR)
    assert plain.step is Step.SCHEDULED
    case = record(plain, e.FactsCorrected(offence=Offence.STALKING_OR_HARASSMENT))
    assert (case.step, case.progress.arrangement) == (Step.PREPARING, None)
    assert case.undo_point is None


def test_a_corrected_offence_before_the_victim_was_asked_is_a_concern() -> None:
    case = record(open_request(initiated_by=InitiatedBy.OFFENDER), e.FactsCorrected(offence=Offence.SEXUAL_OFFENCE))
    assert [concern.reason for concern in case.concerns] == [Reason.VICTIM_MUST_ASK]


def test_only_a_supervisor_corrects_an_offence_so_that_a_flag_goes() -> None:
    case = open_request(offence=Offence.DOMESTIC_ABUSE)
    assert refusal(case, e.FactsCorrected(offence=Offence.BURGLARY)) is Refusal.SUPERVISOR_DECIDES
    assert record(case, e.FactsCorrected(offence=Offence.BURGLARY), SUPERVISOR).flags == frozenset()
    stated = open_request(offence=Offence.DOMESTIC_ABUSE, flags=frozenset({Flag.DOMESTIC_ABUSE}))
    assert record(stated, e.FactsCorrected(offence=Offence.BURGLARY)).flags == {Flag.DOMESTIC_ABUSE}


def test_a_route_that_was_not_asked_is_made_again_and_the_policy_stays() -> None:
    screened = record(open_request(has_vlo=False), e.RequestScreened("proceed"))
    assert screened.progress.waits[0].waiting_on == "charity"
    case = record(screened, e.FactsCorrected(has_vlo=True))
    assert case.progress.route == ("vlo", "probation", "prison")
    assert case.policy == screened.policy
    young = record(open_request(), e.FactsCorrected(offender_age_group=AgeGroup.UNDER_18))
    assert (young.policy.name, record(young, e.RequestScreened("proceed")).progress.waits[0].waiting_on) == (
        "adult",
        "youth_offending_team",
    )


def test_corrected_whereabouts_act_as_changed_circumstances() -> None:
    moved = e.FactsCorrected(whereabouts=Whereabouts.COMMUNITY_SUPERVISED, responsible_agency=ANOTHER)
    case = record(start_preparation(), moved)
    assert case.progress.responsible_agency == ANOTHER
    assert any(wait.key == f"agency_check:{ANOTHER}" for wait in case.progress.waits)


def test_a_correction_names_something_that_is_different() -> None:
    assert refusal(open_request(), e.FactsCorrected()) is Refusal.NOTHING_CORRECTED
    assert refusal(open_request(has_vlo=True), e.FactsCorrected(has_vlo=True)) is Refusal.NOTHING_CORRECTED
    assert refusal(open_request(), e.FactsCorrected(has_vlo=False), as_agency(PRISON)) is Refusal.NOT_BY_THIS_SENDER


def test_facts_of_an_ended_case_are_corrected_and_nothing_happens() -> None:
    ended = record(open_request(), e.RequestScreened("refuse", Reason.DUPLICATE))
    case = record(ended, e.FactsCorrected(takes_part_as=TakesPartAs.BEREAVED_FAMILY))
    assert case.request.takes_part_as is TakesPartAs.BEREAVED_FAMILY
    assert case.progress == ended.progress


# 4.3


def test_a_note_changes_no_wait_and_is_never_too_late() -> None:
    case = start_preparation()
    noted = record(case, e.NoteAdded(), note="note-1", expected_version=1)
    assert noted.progress == case.progress
    assert effects(case, noted, Record("n", e.NoteAdded(), CASEWORKER)) == ()
    assert record(noted, e.ProgressRecorded(), expected_version=case.version).version == noted.version + 1
    assert refusal(noted, e.ProgressRecorded(), expected_version=case.version - 1) is Refusal.VERSION_CONFLICT


def test_a_note_needs_a_text_and_comes_from_staff_or_an_agency_that_was_asked() -> None:
    case = start_preparation()
    assert refusal(case, e.NoteAdded()) is Refusal.MISSING_FIELD
    assert refusal(case, e.NoteAdded(), as_agency(NEVER_ASKED), note="n") is Refusal.NOT_ASKED
    assert refusal(case, e.NoteAdded(), VICTIM, note="n") is Refusal.NOT_BY_THIS_SENDER
    assert record(case, e.NoteAdded(), as_agency(PRISON), note="n").version == case.version + 1


def test_the_same_role_renews_a_wait_at_most_twice_in_a_row() -> None:
    case = open_request()
    for days in (1, 2):
        case = record(case, e.ProgressRecorded(), days=days)
    assert refusal(case, e.ProgressRecorded(), days=3) is Refusal.RENEWED_TWICE
    case = record(case, e.ProgressRecorded(), SUPERVISOR, days=4)
    assert record(case, e.ProgressRecorded(), days=5).progress.waits[0].counted_from == TODAY + timedelta(days=5)


# 4.5


def test_a_record_is_dated_today_or_earlier_and_never_before_the_offence() -> None:
    case = open_request(years_since_offence=2)
    tomorrow, long_ago = TODAY + timedelta(days=1), TODAY - timedelta(days=3 * 366 + 1)
    assert refusal(case, e.ProgressRecorded(), occurred_on=tomorrow) is Refusal.DAY_IN_FUTURE
    assert refusal(case, e.ProgressRecorded(), occurred_on=long_ago) is Refusal.DAY_TOO_EARLY
    assert record(case, e.ProgressRecorded(), occurred_on=TODAY - timedelta(days=3 * 365)).version == 2


@pytest.mark.parametrize("event", [e.ConsentRecorded(Consenter.VICTIM), e.RiskAssessed("direct", False, "staff-4")])
def test_consents_and_risk_are_dated_up_to_six_months_before_the_request(event: Event) -> None:
    """4.5a."""
    case = open_request(years_since_offence=5)
    earliest = TODAY - timedelta(weeks=26)
    assert record(case, event, occurred_on=earliest).version == 2
    assert refusal(case, event, occurred_on=earliest - timedelta(days=1)) is Refusal.DAY_TOO_EARLY


def test_a_consent_signed_before_a_withdrawal_that_arrives_after_it_does_not_count() -> None:
    """4.5b. The withdrawal counts, and the entry is kept."""
    case = start_preparation()
    withdrawn = record(case, e.ConsentRecorded(Consenter.OFFENDER, "withdrawn"), days=10)
    signed = record(withdrawn, e.ConsentRecorded(Consenter.OFFENDER), days=12, occurred_on=TODAY + timedelta(days=5))
    assert signed.version == withdrawn.version + 1
    assert consent_of(signed, Consenter.OFFENDER) == consent_of(withdrawn, Consenter.OFFENDER)
    assert effects(withdrawn, signed, Record("s", e.ConsentRecorded(Consenter.OFFENDER), CASEWORKER)) == ()
    later = record(signed, e.ConsentRecorded(Consenter.OFFENDER), days=12, occurred_on=TODAY + timedelta(days=11))
    consent = consent_of(later, Consenter.OFFENDER)
    assert consent is not None
    assert (consent.forms >= DIRECT_FORMS, consent.confirmed_on) == (True, TODAY + timedelta(days=11))


def test_of_two_consents_of_one_day_the_narrower_counts_in_either_order() -> None:
    """4.5b."""
    day = TODAY - timedelta(days=1)
    letters = e.ConsentRecorded(Consenter.VICTIM, "given", INDIRECT_FORMS)
    for first, second in (
        (letters, e.ConsentRecorded(Consenter.VICTIM)),
        (e.ConsentRecorded(Consenter.VICTIM), letters),
    ):
        case = record(record(open_request(), first, occurred_on=day), second, occurred_on=day)
        consent = consent_of(case, Consenter.VICTIM)
        assert consent is not None
        assert consent.forms == INDIRECT_FORMS


@pytest.mark.parametrize("what", ["given", "narrowed"])
def test_of_two_consents_of_one_day_the_last_day_of_the_narrower_counts(
    what: Literal["given", "narrowed"],
) -> None:
    """4.5b."""
    until = TODAY + timedelta(days=5)
    case = record(open_request(), e.ConsentRecorded(Consenter.VICTIM, until=until))
    consent = consent_of(record(case, e.ConsentRecorded(Consenter.VICTIM, what, DIRECT_FORMS)), Consenter.VICTIM)
    assert consent is not None
    assert consent.until == until


def test_an_earlier_risk_assessment_does_not_replace_a_later_one_but_stop_is_a_concern() -> None:
    case = record(open_request(), e.RiskAssessed("direct", False, "staff-4"))
    day = TODAY - timedelta(days=7)
    assert record(case, e.RiskAssessed("indirect_only", False, "staff-4"), occurred_on=day).risk == case.risk
    assert record(case, e.RiskAssessed("stop", True, "staff-4"), occurred_on=day).concerns


def test_waits_count_from_recording_and_those_of_a_case_taken_over_from_its_referral() -> None:
    """4.5c."""
    case = record(open_request(), e.RequestScreened("proceed"), days=3, occurred_on=TODAY)
    assert case.progress.waits[0].counted_from == TODAY + timedelta(days=3)
    assert open_request(referred_on=date(2026, 2, 2)).progress.waits[0].counted_from == date(2026, 2, 2)


# 4.10


@pytest.mark.parametrize("disposal", [Disposal.OUT_OF_COURT, Disposal.COMMUNITY_RESOLUTION])
def test_an_out_of_court_disposal_ends_sixteen_weeks_after_the_referral(disposal: Disposal) -> None:
    case = open_request(disposal=disposal, referred_on=date(2026, 2, 2))
    assert [(one.kind, one.on) for one in case.deadlines] == [(DeadlineKind.DISPOSAL_END, date(2026, 5, 25))]
    assert case.policy.waits[WaitKind.AGENCY_CHECK].due == 10


def test_a_supervisor_screens_the_request_once_the_offender_is_known_to_be_an_organisation() -> None:
    """3.3d, 4.1."""
    corrected = record(open_request(), e.FactsCorrected(offender_age_group=AgeGroup.ORGANISATION))
    assert [wait.waiting_on for wait in corrected.progress.waits] == ["supervisor"]


def test_staff_tell_the_victim_in_their_own_name() -> None:
    """2.1c: no agency gives the news, nor does staff for it."""
    ended = record(open_request(), e.RequestScreened("refuse", Reason.OUTSIDE_AREA))
    with pytest.raises(RecordRefused) as refusal:
        record(ended, e.VictimTold("telephone"), replace(CASEWORKER, on_behalf_of=PRISON))
    assert refusal.value.code is Refusal.NOT_BY_THIS_SENDER
    assert record(ended, e.VictimTold("telephone")).news is None
