"""An ask that cannot be delivered waits for a supervisor, while the agency's wait continues; and what solves it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain import events as e
from domain.case import Case, active_waits, find_wait
from domain.due_events import next_due
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, asks, effects
from domain.events import Actor, Event, Record
from domain.policy import ADULT, YOUTH
from domain.process import advance
from domain.reasons import Reason
from domain.vocabulary import (
    AgencyRef,
    AskProblem,
    CircumstanceChange,
    Refusal,
    Side,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
)
from tests.domain.alphabet import ANOTHER, CASEWORKER, PRISON, SERVICE, SUPERVISOR, TIMER, as_agency, on_behalf
from tests.domain.slices import NOW, open_request
from tests.domain.test_process_table import (
    FOUND,
    FROM_PRISON,
    VLO,
    after,
    await_offender,
    get_refusal,
    start_approach,
    start_assessments,
    start_checks,
    start_preparation,
    start_trace,
    waits,
)

TRACE = WaitKey("trace:vlo")
ANSWER = WaitKey("offender_answer:prison")
PROBLEM = "technical_problem:trace:vlo on supervisor"


def fail_ask(case: Case, key: str, problem: AskProblem = AskProblem.REFUSED) -> Case:
    """The case once it is known that what the wait `key` asks cannot be delivered."""
    return after(case, (e.AskFailed(WaitKey(key), problem), SERVICE))


def todo(case: Case, event: Event, actor: Actor = CASEWORKER) -> list[Effect]:
    """What must be done because of `event`."""
    record = Record("todo", event, actor)
    return list(effects(case, advance(case, record, NOW), record))


def list_cancelled(case: Case, event: Event, actor: Actor) -> list[str]:
    """The asks that are cancelled because of `event`."""
    return [effect.ask for effect in todo(case, event, actor) if isinstance(effect, CancelAsk)]


def test_a_failed_ask_waits_on_a_supervisor_as_well_as_the_agency_and_changes_no_step() -> None:
    case = fail_ask(start_trace(), TRACE, AskProblem.NO_AGENCY)
    assert (case.step, waits(case)) == (Step.TRACING, {"trace:vlo on vlo", PROBLEM})
    problem = find_wait(case, WaitKey("technical_problem:trace:vlo"))
    assert problem is not None
    assert problem.problem is AskProblem.NO_AGENCY


def test_a_supervisor_is_told_and_nothing_is_cancelled() -> None:
    (told,) = todo(start_trace(), e.AskFailed(TRACE, AskProblem.REFUSED), SERVICE)
    assert isinstance(told, NotifySupervisor)
    assert (told.event, told.about) == ("ask_failed", "refused:trace:vlo")


def test_what_may_have_arrived_is_cancelled_once_no_answer_is_wanted_but_not_to_ask_again() -> None:
    (ask,) = asks(start_trace())
    case = fail_ask(start_trace(), TRACE)
    assert list_cancelled(case, e.Withdrawn(Side.VICTIM), CASEWORKER) == [ask.key]
    assert list_cancelled(case, e.RouteExtended(ANOTHER), SUPERVISOR) == [ask.key]
    assert list_cancelled(case, e.AskRetried(), CASEWORKER) == []
    assert list_cancelled(case, e.TraceAnswered("not_found"), VLO) == []


def test_it_has_dates_of_its_own_and_half_of_them_for_young_people() -> None:
    due = ADULT.waits[WaitKind.TECHNICAL_PROBLEM]
    assert (due.chase, due.due, due.notice) == (None, 2, 5)
    half = YOUTH.waits[WaitKind.TECHNICAL_PROBLEM]
    assert (half.due, half.notice) == (1, 3)
    assert due.due < ADULT.waits[WaitKind.TRACE].due


@pytest.mark.parametrize("actor", [CASEWORKER, SUPERVISOR, VLO, TIMER])
def test_nobody_but_the_service_records_it(actor: Actor) -> None:
    assert get_refusal(start_trace(), e.AskFailed(TRACE, AskProblem.REFUSED), actor) is Refusal.NOT_BY_THIS_SENDER


def test_it_is_known_once_and_of_an_agencys_wait_only() -> None:
    again = e.AskFailed(TRACE, AskProblem.NO_AGENCY)
    assert get_refusal(fail_ask(start_trace(), TRACE), again, SERVICE) is Refusal.ALREADY_FAILED
    on_staff = e.AskFailed(WaitKey("assessment:victim"), AskProblem.REFUSED)
    assert get_refusal(start_assessments(), on_staff, SERVICE) is Refusal.UNKNOWN_WAIT
    assert get_refusal(start_checks(), again, SERVICE) is Refusal.UNKNOWN_WAIT
    ended = after(start_trace(), e.Withdrawn(Side.VICTIM))
    assert get_refusal(ended, again, SERVICE) is Refusal.CASE_CLOSED


def test_the_agency_is_not_chased_meanwhile_and_becomes_overdue_all_the_same() -> None:
    case, recorded = fail_ask(start_trace(), TRACE), []
    while (due := next_due(case)) and due[0] <= NOW + timedelta(days=40):
        case = advance(case, Record(f"timer-{case.version}", due[1], TIMER), due[0])
        recorded.append((due[1].name, getattr(due[1], "wait", "")))
    assert [name for name, wait in recorded if wait == TRACE] == ["became_overdue", "second_notice"]
    assert [name for name, wait in recorded if wait == f"technical_problem:{TRACE}"] == [
        "became_overdue",
        "second_notice",
    ]
    later = Record("chase", e.Chased(TRACE), TIMER)
    with pytest.raises(Exception, match="not due"):
        advance(fail_ask(start_trace(), TRACE), later, NOW + timedelta(days=40))


def test_progress_renews_the_wait_and_no_reminder() -> None:
    case = after(fail_ask(start_trace(), TRACE), (e.ProgressRecorded(), VLO))
    assert PROBLEM in waits(case)
    assert active_waits(case)[0].chase_on is None


def test_what_is_sent_again_counts_from_today_under_a_new_key() -> None:
    later = NOW + timedelta(days=20)
    case = fail_ask(start_trace(), TRACE)
    old = asks(start_trace())[0].key
    retry = Record("retry", e.AskRetried(), CASEWORKER)
    again = advance(case, retry, later)
    assert waits(again) == {"trace:vlo on vlo"}
    wait = active_waits(again)[0]
    assert (wait.since, wait.chase_on is not None, wait.is_overdue) == (later, True, False)
    (fresh,) = effects(case, again, retry)
    assert isinstance(fresh, Ask)
    assert (fresh.wait, fresh.key != old) == (TRACE, True)


def test_what_fails_once_more_is_a_problem_once_more() -> None:
    first = start_trace()
    second = after(fail_ask(first, TRACE), e.AskRetried())
    again = fail_ask(second, TRACE)
    assert PROBLEM in waits(again)
    keys = [ask.key for case in (first, second, after(again, e.AskRetried())) for ask in asks(case)]
    assert len(set(keys)) == 3


def test_nothing_is_sent_again_where_nothing_failed_and_one_of_several_is_named() -> None:
    assert get_refusal(start_trace(), e.AskRetried()) is Refusal.NO_TECHNICAL_PROBLEM
    both = fail_ask(fail_ask(start_checks(), "agency_check:prison"), "agency_check:hmpps_rehub")
    assert get_refusal(both, e.AskRetried()) is Refusal.WHICH_WAIT
    for name in ("agency_check:prison", "technical_problem:agency_check:prison"):
        left = after(both, e.AskRetried(WaitKey(name)))
        assert waits(left) == waits(both) - {"technical_problem:agency_check:prison on supervisor"}
    assert get_refusal(both, e.AskRetried(WaitKey("weather"))) is Refusal.UNKNOWN_WAIT


@pytest.mark.parametrize(
    ("case", "key", "answer", "agency"),
    [
        (start_trace, "trace:vlo", FOUND, "vlo"),
        (start_trace, "trace:vlo", e.TraceAnswered("ambiguous"), "vlo"),
        (start_trace, "trace:vlo", e.TraceAnswered("not_found"), "vlo"),
        (start_checks, "agency_check:prison", e.AgencyCheckAnswered("no_objection"), "prison"),
        (start_checks, "agency_check:prison", e.AgencyCheckAnswered("objection", Reason.AGENCY_OBJECTS), "prison"),
        (start_approach, "approach:prison", e.OffenderApproached(), "prison"),
        (await_offender, "offender_answer:prison", e.OffenderAnswered("willing"), "prison"),
        (await_offender, "offender_answer:prison", e.OffenderAnswered("needs_time"), "prison"),
        (start_assessments, "assessment:offender", e.ReadinessAssessed("ready", Side.OFFENDER), "prison"),
    ],
)
@pytest.mark.parametrize("says", [as_agency, on_behalf])
def test_the_answer_settles_it_however_it_comes(
    case: Callable[[], Case], key: str, answer: Event, agency: str, says: Callable[[AgencyRef], Actor]
) -> None:
    answered = after(fail_ask(case(), key), (answer, says(AgencyRef(agency))))
    assert not [wait for wait in waits(answered) if wait.startswith("technical_problem")]


def test_an_answer_that_asks_for_time_is_asked_again_by_that_day() -> None:
    later = NOW.date() + timedelta(days=50)
    needs_time = e.OffenderAnswered("needs_time", later)
    (ask,) = todo(fail_ask(await_offender(), ANSWER), needs_time, FROM_PRISON)
    assert isinstance(ask, Ask)
    assert (ask.wait, ask.due_on) == (ANSWER, later)
    assert not [effect for effect in todo(await_offender(), needs_time, FROM_PRISON) if isinstance(effect, Ask)]


@pytest.mark.parametrize(
    "ends",
    [
        (e.NoResponseRecorded(), SUPERVISOR),
        (e.AskReturned(), VLO),
        e.Withdrawn(Side.VICTIM),
        (e.DeclinedByService(Reason.NO_MATCH), SUPERVISOR),
        (e.CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("vlo")), CASEWORKER),
        (e.RouteExtended(ANOTHER), SUPERVISOR),
        (e.RouteExtended(ANOTHER, AgencyRef("vlo")), SUPERVISOR),
        (e.RouteExtended(ANOTHER, AgencyRef("vlo"), WaitKey(f"technical_problem:{TRACE}")), SUPERVISOR),
        (e.RouteExtended(AgencyRef("vlo")), SUPERVISOR),
    ],
)
def test_whatever_ends_the_agencys_wait_ends_it(ends: Event | tuple[Event, Actor]) -> None:
    assert PROBLEM not in waits(after(fail_ask(start_trace(), TRACE), ends))


def test_an_entry_that_is_taken_back_takes_the_failure_of_its_own_ask_along_and_leaves_the_one_before() -> None:
    found = after(fail_ask(start_trace(), TRACE), (FOUND, on_behalf(AgencyRef("vlo"))))
    assert found.undo_point is not None
    back = after(fail_ask(found, "agency_check:prison"), (e.EntryCorrected(found.undo_point.entry), SUPERVISOR))
    assert waits(back) == {"trace:vlo on vlo", PROBLEM}
    assert asks(back) == ()


def test_another_agency_is_asked_in_the_place_of_one_that_cannot_be() -> None:
    named = e.RouteExtended(ANOTHER)
    assert waits(after(fail_ask(start_trace(), TRACE), (named, SUPERVISOR))) == {f"trace:{ANOTHER} on {ANOTHER}"}
    assert f"trace:{ANOTHER} on {ANOTHER}" in waits(after(start_trace(), (named, SUPERVISOR))), (
        "as well, where none failed"
    )
    check = after(fail_ask(start_checks(), "agency_check:prison"), (named, SUPERVISOR))
    assert waits(check) == {f"agency_check:{ANOTHER} on {ANOTHER}", "agency_check:hmpps_rehub on hmpps_rehub"}
    approach = after(fail_ask(start_approach(), "approach:prison"), (named, SUPERVISOR))
    assert waits(approach) == {f"approach:{ANOTHER} on {ANOTHER}"}
    answer = after(fail_ask(await_offender(), ANSWER), (named, SUPERVISOR))
    assert waits(answer) == {f"offender_answer:{ANOTHER} on {ANOTHER}"}
    assessed = after(fail_ask(start_assessments(), "assessment:offender"), (named, SUPERVISOR))
    assert f"assessment:offender on {ANOTHER}" in waits(assessed)


def test_a_check_that_cannot_be_asked_continues_together_with_its_problem() -> None:
    in_parallel = fail_ask(
        after(start_preparation(), e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER)), f"agency_check:{ANOTHER}"
    )
    not_yet = after(in_parallel, e.ReadinessAssessed("not_yet", None, Reason.THERAPY_FIRST))
    assert f"technical_problem:agency_check:{ANOTHER} on supervisor" in waits(not_yet)


def test_during_a_hold_it_is_taken_rests_and_is_sent_again_on_resuming() -> None:
    held = fail_ask(after(start_trace(), e.PutOnHold(Reason.ILLNESS)), TRACE)
    assert waits(held) == {"hold on caseworker"}
    resumed = after(held, e.Resumed())
    assert waits(resumed) == {"trace:vlo on vlo", PROBLEM}
    assert asks(resumed) == ()
    retried = after(held, e.AskRetried())
    assert asks(retried) == ()
    assert [type(effect) for effect in todo(retried, e.Resumed())] == [Ask]


def test_the_wait_that_an_ask_is_for_is_named_by_its_key() -> None:
    prison = AgencyRef("prison:east.reminder-1")
    case = after(start_trace(), (e.RouteExtended(prison), SUPERVISOR))
    ask = next(ask for ask in asks(case) if ask.agency == prison)
    assert ask.wait == f"trace:{prison}"
    assert replace(ask, key=f"{ask.key}.reminder-2", reminder=2).wait == ask.wait


# --- Not ours.


@pytest.mark.parametrize("case", [start_checks, start_approach, await_offender, start_assessments])
def test_an_agency_can_say_of_whatever_it_is_asked_that_it_is_not_its_own(case: Callable[[], Case]) -> None:
    before = case()
    for ask in asks(before):
        returned = after(before, (e.AskReturned(), as_agency(ask.agency)))
        assert f"substitute:{ask.question}:{ask.agency} on supervisor" in waits(returned)


def test_the_offenders_answer_goes_through_another_agency_which_then_works_with_the_offender() -> None:
    returned = after(await_offender(), (e.AskReturned(), FROM_PRISON))
    named = after(returned, (e.RouteExtended(ANOTHER), SUPERVISOR))
    assert waits(named) == {f"offender_answer:{ANOTHER} on {ANOTHER}"}
    assert named.progress.responsible_agency == ANOTHER
    willing = after(named, (e.OffenderAnswered("willing"), as_agency(ANOTHER)))
    assert f"assessment:offender on {ANOTHER}" in waits(willing)


def test_an_agency_that_returned_the_offenders_answer_may_still_pass_it_on() -> None:
    returned = after(await_offender(), (e.AskReturned(), FROM_PRISON))
    assert after(returned, (e.OffenderAnswered("willing"), FROM_PRISON)).step is Step.ASSESSING
    assert waits(after(returned, (e.OffenderAnswered("needs_time"), FROM_PRISON))) == {f"{ANSWER} on prison"}


def test_what_was_returned_goes_to_the_agency_that_becomes_responsible() -> None:
    moved = e.CircumstancesChanged(CircumstanceChange.MOVED, ANOTHER)
    for case, key in ((await_offender(), f"offender_answer:{ANOTHER}"), (start_assessments(), "assessment:offender")):
        handed_over = after(case, (e.AskReturned(), FROM_PRISON), moved)
        assert f"{key} on {ANOTHER}" in waits(handed_over)
        assert not [wait for wait in waits(handed_over) if wait.startswith("substitute")]


def test_an_offender_who_thinks_is_not_waited_for_in_vain() -> None:
    assert get_refusal(await_offender(), e.NoResponseRecorded(), SUPERVISOR) is Refusal.UNKNOWN_WAIT


# --- Limited access.


def test_that_few_may_see_the_record_is_kept_from_whichever_answer_says_so() -> None:
    flagged = after(start_trace(), (e.TraceAnswered("restricted", limited_access=True), VLO))
    found = after(flagged, (FOUND, as_agency(AgencyRef("probation"))))
    assert (found.progress.limited_access, start_checks().progress.limited_access) == (True, False)
    several = after(start_trace(), (e.TraceAnswered("ambiguous", limited_access=True), VLO))
    assert after(several, e.CandidateChosen(Whereabouts.CUSTODY, PRISON)).progress.limited_access


def test_it_goes_along_where_a_case_is_taken_up_again() -> None:
    ended = after(start_preparation(), e.Withdrawn(Side.VICTIM)).progress
    assert ended.ended_on is not None
    continued = e.Continuation(
        open_request().ref, ended.stage, ended.ended_on, ended.reason, responsible_agency=PRISON, limited_access=True
    )
    assert open_request(continues=continued).progress.limited_access
