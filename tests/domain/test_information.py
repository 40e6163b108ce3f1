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
from tests.domain.alphabet import CASEWORKER, NEVER_ASKED, OURS, PRISON, PROBATION, SUPERVISOR, as_agency
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
SUPERVISED = e.TraceAnswered("found", Whereabouts.COMMUNITY_SUPERVISED, PROBATION)
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


RELEASED = CircumstanceChange.RELEASED
MOVED = CircumstanceChange.MOVED
TEAM = AgencyRef("youth_offending_team")


@pytest.mark.parametrize(
    "released",
    [e.CircumstancesChanged(RELEASED), e.CircumstancesChanged(RELEASED, None, Whereabouts.COMMUNITY_SUPERVISED)],
)
def test_after_a_release_the_community_agency_is_asked_and_the_prison_no_longer(
    released: e.CircumstancesChanged,
) -> None:
    """1.9b, 3.3c: the officer who is known, or else probation of the area, which has to find out who it is."""
    officer = AgencyRef("probation:westmoor")
    by_either = answer_checks(then(find_cleared(), (replace(FOUND, may_also_answer=officer), CASEWORKER)))
    for before, after in ((by_either, officer), (start_approach(), PROBATION)):
        case = then(before, (released, FROM_PRISON))
        assert (case.progress.responsible_agency, case.progress.may_also_answer) == (after, None)
        assert case.progress.whereabouts is Whereabouts.COMMUNITY_SUPERVISED
        assert {ask.agency for ask in asks(case)} == {after}
        case = then(answer_checks(case), (e.OffenderApproached(), as_agency(after)))
        assert {ask.agency for ask in asks(case)} == {after}


def test_who_is_responsible_now_takes_over_what_the_prison_was_asked_for() -> None:
    """1.9c: the check runs in parallel, and the offender's answer comes by probation."""
    approached = then(start_approach(), (e.OffenderApproached(), FROM_PRISON))
    case = then(approached, (e.CircumstancesChanged(RELEASED), FROM_PRISON))
    wanted = {(WaitKind.AGENCY_CHECK, PROBATION), (WaitKind.OFFENDER_ANSWER, PROBATION)}
    assert {(ask.question, ask.agency) for ask in asks(case)} == wanted
    returned = then(case, (e.AskReturned(WaitKey("offender_answer:probation")), as_agency(PROBATION)))
    assert "substitute:offender_answer:probation" in waits(returned), "a supervisor finds out who it is"


def find_cleared() -> Case:
    """A case at the trace, with everything that an approach needs but the checks."""
    return then(give_consents(open_request()), e.RequestScreened("proceed"))


@pytest.mark.parametrize(
    ("found", "change", "responsible", "other"),
    [
        (FOUND, e.CircumstancesChanged(RELEASED, None, Whereabouts.UNSUPERVISED), OURS, None),
        (FOUND, e.CircumstancesChanged(MOVED, None, Whereabouts.HOSPITAL), HOSPITAL, None),
        (FOUND, e.CircumstancesChanged(MOVED, AgencyRef("prison:hull"), Whereabouts.CUSTODY), "prison:hull", None),
        (FOUND, e.CircumstancesChanged(RELEASED, TEAM), TEAM, None),
        (SUPERVISED, e.CircumstancesChanged(MOVED, None, Whereabouts.CUSTODY), PRISON, PROBATION),
        (SUPERVISED, e.CircumstancesChanged(MOVED, PRISON, Whereabouts.CUSTODY), PRISON, PROBATION),
        (SUPERVISED, e.CircumstancesChanged(MOVED, None, Whereabouts.ON_BAIL), PROBATION, None),
        (SUPERVISED, e.CircumstancesChanged(MOVED, None, Whereabouts.ABROAD), OURS, None),
        (SUPERVISED, e.CircumstancesChanged(RELEASED), PROBATION, None),
    ],
)
def test_where_nobody_is_named_it_depends_on_the_whereabouts_who_is_responsible(
    found: Event, change: Event, responsible: AgencyRef, other: AgencyRef | None
) -> None:
    """1.9b, 3.3c."""
    case = then(answer_checks(then(find_cleared(), found)), change)
    assert (case.progress.responsible_agency, case.progress.may_also_answer) == (responsible, other)


def test_a_young_person_who_is_released_is_supervised_by_the_youth_team() -> None:
    """3.3a, 3.3c: until they are 18, and by probation from then on."""
    young = then(give_consents(open_request(offender_age_group=AgeGroup.UNDER_18)), e.RequestScreened("proceed"))
    case = answer_checks(then(young, (FOUND, replace(CASEWORKER, on_behalf_of=TEAM))))
    assert then(case, e.CircumstancesChanged(RELEASED)).progress.responsible_agency == TEAM
    adult = then(case, e.CameOfAge(Side.OFFENDER), e.CircumstancesChanged(RELEASED))
    assert adult.progress.responsible_agency == PROBATION


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
