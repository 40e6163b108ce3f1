"""Questions of agencies, who may approach the offender, and who screens, 3.3 and 3.4."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case, find_wait
from domain.effects import CancelAsk, asks
from domain.events import Event
from domain.reasons import Reason
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    CircumstanceChange,
    Refusal,
    Side,
    Stage,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
)
from tests.domain.alphabet import CASEWORKER, NEVER_ASKED, PRISON, PROBATION, SUPERVISOR, as_agency
from tests.domain.slices import NOW, give_consents, open_request
from tests.domain.test_safety import (
    CLEARED,
    CONCERN,
    FOUND,
    FROM_PRISON,
    NO_CONCERN,
    TODAY,
    answer_checks,
    effects_of,
    refusal,
    start_approach,
    start_preparation,
    then,
    waits,
)

CHECK = WaitKey("agency_check:prison")
ASKED_BACK = e.InformationRequested()
GIVEN = e.InformationGiven()
HOSPITAL = AgencyRef("hospital")
LATER = NOW + timedelta(days=7)


def start_checks() -> Case:
    return then(give_consents(open_request()), e.RequestScreened("proceed"), FOUND)


def keys(case: Case) -> set[str]:
    return {ask.key for ask in asks(case)}


# ------------------------------------------------------------------------------------------------ 3.4


def test_an_answer_ends_the_question_too() -> None:
    """3.4."""
    answered = then(then(start_checks(), (ASKED_BACK, FROM_PRISON)), (CLEARED, FROM_PRISON))
    assert not [key for key in waits(answered) if key.startswith("information")]


def ask_at() -> list[tuple[str, Case]]:
    """A case at each step at which an agency is asked something."""
    tracing = then(give_consents(open_request()), e.RequestScreened("proceed"))
    reflecting = then(start_approach(), e.OffenderApproached())
    assessing = then(reflecting, e.OffenderAnswered("willing"))
    return [
        ("trace:vlo", tracing),
        (CHECK, start_checks()),
        ("approach:prison", start_approach()),
        ("offender_answer:prison", reflecting),
        ("assessment:offender", assessing),
    ]


@pytest.mark.parametrize(("key", "case"), ask_at(), ids=[key for key, _ in ask_at()])
def test_an_agency_may_ask_back_about_any_request_and_the_case_can_always_end(key: str, case: Case) -> None:
    """3.4."""
    wait = find_wait(case, WaitKey(key))
    assert wait is not None
    actor = as_agency(AgencyRef(wait.waiting_on))
    resting = then(case, (e.InformationRequested(WaitKey(key)), actor))
    assert f"information:{key}" in waits(resting)
    assert refusal(resting, e.InformationRequested(WaitKey(key)), actor) is Refusal.UNKNOWN_WAIT
    assert key in waits(then(resting, e.InformationGiven(WaitKey(key))))
    assert then(resting, e.Withdrawn(Side.VICTIM)).is_closed


def test_only_an_agency_that_is_asked_something_asks_back() -> None:
    """3.4."""
    assert refusal(start_checks(), ASKED_BACK, as_agency(NEVER_ASKED)) is Refusal.NOT_ASKED
    assert refusal(start_preparation(), ASKED_BACK, FROM_PRISON) is Refusal.UNKNOWN_WAIT
    assert refusal(start_checks(), GIVEN) is Refusal.UNKNOWN_WAIT


def test_a_question_keeps_the_request_back_when_a_concern_is_decided_and_a_concern_when_it_is_answered() -> None:
    """3.4, 1.2c: nobody goes to the offender while either is open."""
    asked = then(start_approach(), (ASKED_BACK, FROM_PRISON))
    stopped = then(asked, CONCERN)
    decided = then(stopped, (NO_CONCERN, SUPERVISOR))
    assert keys(decided) == set()
    assert {ask.question for ask in asks(then(decided, GIVEN))} == {WaitKind.APPROACH}
    given = then(stopped, GIVEN)
    assert keys(given) == set()
    assert {ask.question for ask in asks(then(given, (NO_CONCERN, SUPERVISOR)))} == {WaitKind.APPROACH}


# ------------------------------------------------------------------------------------------------ 3.3

BOTH_KNOWN = replace(FOUND, may_also_answer=PROBATION)


def ask_either() -> Case:
    return answer_checks(then(give_consents(open_request()), e.RequestScreened("proceed"), BOTH_KNOWN))


def test_in_custody_prison_and_community_officer_are_asked_for_the_approach_and_the_first_answer_counts() -> None:
    """3.3c."""
    case = ask_either()
    assert case.progress.responsible_agency == PRISON
    assert {ask.agency for ask in asks(case)} == {PRISON, PROBATION}
    for first, other in ((PRISON, PROBATION), (PROBATION, PRISON)):
        effects = effects_of(case, e.OffenderApproached(), as_agency(first))
        assert [effect.agency for effect in effects if isinstance(effect, CancelAsk)] == [other]
        reflecting = then(case, (e.OffenderApproached(), as_agency(first)))
        assert {ask.agency for ask in asks(reflecting)} == {PRISON}, "the offender's answer comes by the prison"


@pytest.mark.parametrize("event", [e.AskReturned(WaitKey("approach:probation")), e.AskReturned()])
def test_where_one_of_them_returns_the_request_the_other_is_still_asked(event: Event) -> None:
    """3.3c: no supervisor has to name another agency."""
    returned = then(ask_either(), (event, as_agency(PROBATION)))
    assert {key for key in waits(returned) if "substitute" in key} == set()
    assert {ask.agency for ask in asks(returned)} == {PRISON}
    both = then(returned, (e.AskReturned(), FROM_PRISON))
    assert "substitute:approach:prison" in waits(both)


def test_a_release_ends_what_the_prison_and_the_officer_shared() -> None:
    """3.3c."""
    released = e.CircumstancesChanged(CircumstanceChange.RELEASED, PROBATION, Whereabouts.COMMUNITY_SUPERVISED)
    case = then(ask_either(), (released, FROM_PRISON))
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
    case = answer_checks(give_consents(open_request(continues=ended)))
    assert (case.step, {ask.agency for ask in asks(case)}) == (Step.APPROACHING, {PRISON, PROBATION})


def test_a_supervisor_screens_where_the_offender_is_an_organisation() -> None:
    """3.3d."""
    case = open_request(offender_age_group=AgeGroup.ORGANISATION)
    screening = find_wait(case, WaitKey("screening"))
    assert screening is not None
    assert screening.waiting_on == "supervisor"
    for event in (e.RequestScreened("proceed"), e.RequestScreened("refuse", Reason.DUPLICATE)):
        assert refusal(case, event, CASEWORKER) is Refusal.SUPERVISOR_DECIDES
        assert then(case, (event, SUPERVISOR)).step is not Step.SCREENING


# ------------------------------------------------------------------------------------------------ situations
