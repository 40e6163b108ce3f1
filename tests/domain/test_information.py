"""Questions of agencies, who may approach the offender, and who screens, 3.3 and 3.4."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.agency_updates import CaseUpdate
from domain.case import Case, find_wait
from domain.effects import Ask, CancelAsk, NotifyVictim, asks
from domain.events import Event
from domain.reasons import Reason
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    CircumstanceChange,
    Form,
    Refusal,
    Side,
    Stage,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, NEVER_ASKED, PRISON, PROBATION, SUPERVISOR, speaking
from tests.domain.slices import NOW, consented, opened
from tests.domain.test_safety import (
    CLEARED,
    CONCERN,
    FOUND,
    FROM_PRISON,
    NO_CONCERN,
    TODAY,
    answer_checks,
    approaching,
    effects_of,
    preparing,
    refusal,
    scheduled,
    then,
    waits,
)

CHECK = WaitKey("agency_check:prison")
ASKED_BACK = e.InformationRequested()
GIVEN = e.InformationGiven()
HOSPITAL = AgencyRef("hospital")
LATER = NOW + timedelta(days=7)


def checking() -> Case:
    return then(consented(opened()), e.RequestScreened("proceed"), FOUND)


def keys(case: Case) -> set[str]:
    return {ask.key for ask in asks(case)}


# ------------------------------------------------------------------------------------------------ 3.4


def test_a_checker_requests_more_information() -> None:
    """3.4. The path: the check rests, a caseworker finds out what is missing, the prison is asked again and clears."""
    case = checking()
    before = find_wait(case, CHECK)
    assert before is not None
    effects = effects_of(case, ASKED_BACK, FROM_PRISON)
    assert not [effect for effect in effects if isinstance(effect, (Ask, CancelAsk, CaseUpdate, NotifyVictim))]
    resting = then(case, (ASKED_BACK, FROM_PRISON))
    question = find_wait(resting, WaitKey(f"information:{CHECK}"))
    assert question is not None
    assert question.waiting_on == "caseworker"
    assert case.calendar.working_days_between(TODAY, question.due_on) == 5
    assert CHECK not in waits(resting), "the agency's clock has stopped"
    asked_again = [effect for effect in effects_of(resting, GIVEN, now=LATER) if isinstance(effect, Ask)]
    assert [(ask.agency, ask.question, ask.wait) for ask in asked_again] == [(PRISON, WaitKind.AGENCY_CHECK, CHECK)]
    assert asked_again[0].key not in keys(case), "under a new key"
    given = then(resting, GIVEN, now=LATER)
    after = find_wait(given, CHECK)
    assert after is not None
    left = case.calendar.working_days_between(TODAY, before.due_on)
    assert given.calendar.working_days_between(LATER.date(), after.due_on) == left, "the time that was left"
    assert f"information:{CHECK}" not in waits(given)
    assert answer_checks(given).step is Step.APPROACHING


def test_an_answer_ends_the_question_too() -> None:
    """3.4."""
    answered = then(then(checking(), (ASKED_BACK, FROM_PRISON)), (CLEARED, FROM_PRISON))
    assert not [key for key in waits(answered) if key.startswith("information")]


def asked_at() -> list[tuple[str, Case]]:
    """A case at each step at which an agency is asked something."""
    tracing = then(consented(opened()), e.RequestScreened("proceed"))
    reflecting = then(approaching(), e.OffenderApproached())
    assessing = then(reflecting, e.OffenderAnswered("willing"))
    return [
        ("trace:vlo", tracing),
        (CHECK, checking()),
        ("approach:prison", approaching()),
        ("offender_answer:prison", reflecting),
        ("assessment:offender", assessing),
    ]


@pytest.mark.parametrize(("key", "case"), asked_at(), ids=[key for key, _ in asked_at()])
def test_an_agency_may_ask_back_about_any_request_and_the_case_can_always_end(key: str, case: Case) -> None:
    """3.4."""
    wait = find_wait(case, WaitKey(key))
    assert wait is not None
    actor = speaking(AgencyRef(wait.waiting_on))
    resting = then(case, (e.InformationRequested(WaitKey(key)), actor))
    assert f"information:{key}" in waits(resting)
    assert refusal(resting, e.InformationRequested(WaitKey(key)), actor) is Refusal.UNKNOWN_WAIT
    assert key in waits(then(resting, e.InformationGiven(WaitKey(key))))
    assert then(resting, e.Withdrawn(Side.VICTIM)).is_closed


def test_only_an_agency_that_is_asked_something_asks_back() -> None:
    """3.4."""
    assert refusal(checking(), ASKED_BACK, speaking(NEVER_ASKED)) is Refusal.NOT_ASKED
    assert refusal(preparing(), ASKED_BACK, FROM_PRISON) is Refusal.UNKNOWN_WAIT
    assert refusal(checking(), GIVEN) is Refusal.UNKNOWN_WAIT


def test_a_question_keeps_the_request_back_when_a_concern_is_decided_and_a_concern_when_it_is_answered() -> None:
    """3.4, 1.2c: nobody goes to the offender while either is open."""
    asked = then(approaching(), (ASKED_BACK, FROM_PRISON))
    stopped = then(asked, CONCERN)
    decided = then(stopped, (NO_CONCERN, SUPERVISOR))
    assert keys(decided) == set()
    assert {ask.question for ask in asks(then(decided, GIVEN))} == {WaitKind.APPROACH}
    given = then(stopped, GIVEN)
    assert keys(given) == set()
    assert {ask.question for ask in asks(then(given, (NO_CONCERN, SUPERVISOR)))} == {WaitKind.APPROACH}


# ------------------------------------------------------------------------------------------------ 3.3

BOTH_KNOWN = replace(FOUND, may_also_answer=PROBATION)


def approaching_by_either() -> Case:
    return answer_checks(then(consented(opened()), e.RequestScreened("proceed"), BOTH_KNOWN))


def test_in_custody_prison_and_community_officer_are_asked_for_the_approach_and_the_first_answer_counts() -> None:
    """3.3c."""
    case = approaching_by_either()
    assert case.progress.responsible_agency == PRISON
    assert {ask.agency for ask in asks(case)} == {PRISON, PROBATION}
    for first, other in ((PRISON, PROBATION), (PROBATION, PRISON)):
        effects = effects_of(case, e.OffenderApproached(), speaking(first))
        assert [effect.agency for effect in effects if isinstance(effect, CancelAsk)] == [other]
        reflecting = then(case, (e.OffenderApproached(), speaking(first)))
        assert {ask.agency for ask in asks(reflecting)} == {PRISON}, "the offender's answer comes by the prison"


@pytest.mark.parametrize("event", [e.AskReturned(WaitKey("approach:probation")), e.AskReturned()])
def test_where_one_of_them_returns_the_request_the_other_is_still_asked(event: Event) -> None:
    """3.3c: no supervisor has to name another agency."""
    returned = then(approaching_by_either(), (event, speaking(PROBATION)))
    assert {key for key in waits(returned) if "substitute" in key} == set()
    assert {ask.agency for ask in asks(returned)} == {PRISON}
    both = then(returned, (e.AskReturned(), FROM_PRISON))
    assert "substitute:approach:prison" in waits(both)


def test_a_release_ends_what_the_prison_and_the_officer_shared() -> None:
    """3.3c."""
    released = e.CircumstancesChanged(CircumstanceChange.RELEASED, PROBATION, Whereabouts.COMMUNITY_SUPERVISED)
    case = then(approaching_by_either(), (released, FROM_PRISON))
    assert case.progress.may_also_answer is None
    assert {ask.agency for ask in asks(answer_checks(case))} == {PROBATION}


def test_a_case_that_is_reopened_for_the_approach_asks_both_again() -> None:
    """3.3c."""
    ended = e.Continuation(
        CaseRef("RJ-2222-3333"),
        Stage.DECLINED,
        TODAY - timedelta(days=400),
        Reason.OFFENDER_DECLINED,
        responsible_agency=PRISON,
        may_also_answer=PROBATION,
    )
    case = answer_checks(consented(opened(continues=ended)))
    assert (case.step, {ask.agency for ask in asks(case)}) == (Step.APPROACHING, {PRISON, PROBATION})


def test_a_supervisor_screens_where_the_offender_is_an_organisation() -> None:
    """3.3d."""
    case = opened(offender_age_group=AgeGroup.ORGANISATION)
    screening = find_wait(case, WaitKey("screening"))
    assert screening is not None
    assert screening.waiting_on == "supervisor"
    for event in (e.RequestScreened("proceed"), e.RequestScreened("refuse", Reason.DUPLICATE)):
        assert refusal(case, event, CASEWORKER) is Refusal.SUPERVISOR_DECIDES
        assert then(case, (event, SUPERVISOR)).step is not Step.SCREENING


# ------------------------------------------------------------------------------------------------ situations


def test_a_charity_asked_though_probation_referred() -> None:
    """3.2. The path: probation is asked for the trace first, and finds; the charity is asked nothing; a meeting."""
    referred = consented(opened(has_vlo=False, referred_by="probation:eastmoor-probation"))
    tracing = then(referred, e.RequestScreened("proceed"))
    officer = AgencyRef("probation:eastmoor-probation")
    assert [ask.agency for ask in asks(tracing)] == [officer]
    found = e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, officer)
    case = answer_checks(then(tracing, (found, speaking(officer))))
    assert {asked.agency for asked in case.asked} == {officer, "hmpps_rehub"}
    reflecting = then(case, (e.OffenderApproached(), speaking(officer)))
    ready = then(reflecting, e.OffenderAnswered("willing"), e.ReadinessAssessed("ready"))
    arranged = then(ready, e.MeetingArranged(Form.FACE_TO_FACE, TODAY + timedelta(days=14)))
    held = then(arranged, e.MeetingHeld(Form.FACE_TO_FACE, "completed", on=TODAY))
    assert held.step is Step.FOLLOWING_UP
    for _ in range(2):
        held = then(held, e.FollowUpRecorded("met"))
    ended = effects_of(held, e.FollowUpRecorded("met"))
    told = [effect for effect in ended if isinstance(effect, CaseUpdate) and effect.agency == officer]
    assert [update.outcome for update in told] == ["contact_took_place"], "the referrer hears of the end once"


def test_an_offender_under_a_hospital_order_is_approached_by_the_hospital() -> None:
    """3.3b. The path: found in hospital, the hospital checks with its condition, approaches, assesses; a letter."""
    found = e.TraceAnswered("found", Whereabouts.HOSPITAL, HOSPITAL)
    case = then(consented(opened()), e.RequestScreened("proceed"), found)
    assert {ask.agency for ask in asks(case)} == {HOSPITAL}, "the ReHub has no part in it"
    case = then(case, (CLEARED, speaking(HOSPITAL)))
    assert {(ask.agency, ask.question) for ask in asks(case)} == {(HOSPITAL, WaitKind.APPROACH)}
    case = then(case, (e.OffenderApproached(), speaking(HOSPITAL)))
    case = then(case, (e.OffenderAnswered("willing"), speaking(HOSPITAL)))
    assert (HOSPITAL, WaitKind.ASSESSMENT) in {(ask.agency, ask.question) for ask in asks(case)}
    case = then(case, (e.ReadinessAssessed("ready", Side.OFFENDER), speaking(HOSPITAL)))
    case = then(case, e.ReadinessAssessed("ready", Side.VICTIM))
    messages = effects_of(case, e.MeetingArranged(Form.LETTER, TODAY + timedelta(days=14)))
    assert {effect.agency for effect in messages if isinstance(effect, CaseUpdate)} == {HOSPITAL}
    held = then(case, e.MeetingHeld(Form.LETTER, "completed", on=TODAY))
    assert held.step is Step.FOLLOWING_UP


def test_the_prison_cannot_speak_for_the_victim() -> None:
    """1.10. The path: assessing; the prison says that the victim is ready; refused; the caseworker assesses."""
    assessing = then(approaching(), e.OffenderApproached(), e.OffenderAnswered("willing"))
    assert refusal(assessing, e.ReadinessAssessed("ready", Side.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    assert refusal(assessing, e.ReadinessAssessed("ready"), FROM_PRISON) is Refusal.MISSING_FIELD, "it must say whose"
    assert refusal(assessing, e.Withdrawn(Side.VICTIM), FROM_PRISON) is Refusal.NOT_BY_THIS_SENDER
    offender = then(assessing, (e.ReadinessAssessed("ready", Side.OFFENDER), FROM_PRISON))
    assert "assessment:victim" in waits(offender)
    assert then(offender, e.ReadinessAssessed("ready", Side.VICTIM)).progress.ready == frozenset(Side)


def test_withdrawn_on_the_eve_only_those_who_expect_the_day_are_told() -> None:
    told = [effect for effect in effects_of(scheduled(), e.Withdrawn(Side.OFFENDER)) if isinstance(effect, CaseUpdate)]
    assert {update.agency for update in told} == {"prison", "hmpps_rehub"}
