"""Staff read why a case is where it is: what it waits for, how late that is, and who can do what about it."""

import re
from dataclasses import replace
from datetime import date

import pytest

from domain.effects import FACTS, NOTIFIES_SUPERVISOR, NotifySupervisor
from domain.events import (
    EVENTS,
    AgencyCheckAnswered,
    AskFailed,
    ConcernDecided,
    ConcernRaised,
    DeadlineNoted,
    DeclinedByService,
    PutOnHold,
    RequestScreened,
    ReviewRequested,
    TraceAnswered,
    VictimUpdated,
)
from domain.reasons import Reason
from domain.staff_explanation import describe_awaited, explain_to_staff
from domain.victim_explanation import compose
from domain.victim_notifications import MessageKind
from domain.vocabulary import AgencyKind, AgencyRef, AskProblem, CaseRef, DeadlineKind, WaitKey, WaitKind, Whereabouts
from domain.wording.alerts import ALERTS
from domain.wording.staff import AGENCY_NAMES, PROBLEMS, WAITS
from tests.domain.victim_walks import CASEWORKER, FIRST_DAY, SERVICE, SUPERVISOR, Walk, morning, start_walk


def start_trace() -> Walk:
    """A case that asks its first agency, the VLO, since 3 March 2026."""
    return start_walk().then(1, RequestScreened("proceed"))


def start_checks() -> Walk:
    """A case that waits for the checks of one prison and of the ReHub since 5 March 2026."""
    return start_trace().then(3, TraceAnswered("found", Whereabouts.CUSTODY, AgencyRef("prison:eastmoor")))


def lines(walk: Walk, day: int) -> str:
    """What staff read on the morning of `day`."""
    return "\n".join(explain_to_staff(walk.until(day).case, morning(day)))


def test_each_wait_has_words_whose_events_exist() -> None:
    assert set(WAITS) == set(WaitKind)
    assert set(AGENCY_NAMES) == set(AgencyKind)
    assert set(PROBLEMS) == set(AskProblem)
    named = {name for wait in WAITS.values() for name in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b|resumed", wait.can_do)}
    assert named <= set(EVENTS)


def test_a_wait_says_what_for_since_when_and_until_when() -> None:
    assert "Waiting for the VLO to trace the offender, since 3 March 2026. Due on 17 March 2026." in lines(
        start_trace(), 2
    )
    assert "A reminder will be sent on 10 March 2026." in lines(start_trace(), 2)


def test_a_due_date_beyond_the_known_bank_holidays_is_marked_as_provisional() -> None:
    day = (date(2028, 12, 20) - FIRST_DAY).days
    said = lines(start_walk(day=day).then(day, RequestScreened("proceed")), day)
    assert "Due on 5 January 2029 (provisional). A reminder will be sent on 29 December 2028." in said
    assert "(provisional)" not in lines(start_trace(), 2)


def test_a_wait_that_ran_out_says_by_how_many_working_days_and_how_often_it_was_chased() -> None:
    # Due on Tuesday 17 March; read on Monday 23 March.
    assert "Overdue since 17 March 2026, by 4 working days. Reminded once." in lines(start_trace(), 21)


def test_a_wait_says_who_can_do_what() -> None:
    text = lines(start_trace(), 2)
    assert "The VLO answers, or staff on its behalf (trace_answered)" in text
    assert "route_extended" in text


def test_each_checker_is_waited_for_by_name() -> None:
    text = lines(start_checks(), 4)
    assert "the prison (eastmoor) to check whether restorative justice may be offered, since" in text
    assert "the HMPPS ReHub to check whether" in text


def test_an_objection_waits_on_the_caseworker() -> None:
    by_prison = replace(CASEWORKER, on_behalf_of=AgencyRef("prison:eastmoor"))
    walk = start_checks().then(5, AgencyCheckAnswered("objection", Reason.LICENCE_CONDITION), by_prison)
    assert "a decision on the objection of the prison (eastmoor) by the caseworker, since" in lines(walk, 6)
    assert "objection_challenged" in lines(walk, 6)


def test_a_case_on_hold_says_why_since_when_and_what_rests() -> None:
    text = lines(start_trace().then(6, PutOnHold(Reason.COURT_PERMISSION_PENDING)), 7)
    assert "On hold since 8 March 2026: a court must give permission first (court_permission_pending)." in text
    assert "Paused: waiting for the VLO to trace the offender." in text
    assert "never happens automatically" in text


def test_an_ended_case_says_why_and_from_when_it_can_be_taken_up_again() -> None:
    walk = start_trace().then(10, DeclinedByService(Reason.ACCESS_RESTRICTED), SUPERVISOR)
    text = lines(walk, 11)
    assert "Ended on 12 March 2026: there is a record, but access to it is restricted (access_restricted)." in text
    assert "reopened from 10 September 2026" in text


def undeliverable(problem: AskProblem) -> Walk:
    """A case whose first question cannot be delivered, as is found on the fifth day."""
    return start_trace().then(4, AskFailed(WaitKey("trace:vlo"), problem), SERVICE)


def test_a_question_that_cannot_be_delivered_says_what_failed_and_what_can_be_done() -> None:
    text = lines(undeliverable(AskProblem.REFUSED), 5)
    assert (
        "Waiting for a technical problem to be solved, as the request for the VLO to trace the offender cannot be "
        "delivered, since 6 March 2026. Due on 10 March 2026." in text
    )
    assert "its address in the directory is wrong: sending it again unchanged would not help" in text
    assert "sent again (ask_retried); a supervisor can name another agency instead (route_extended)" in text
    assert "recorded on the agency's behalf" in text
    assert "No reminder is sent while the request cannot be delivered." in text


def test_an_area_without_such_an_agency_is_said_to_be_one() -> None:
    text = lines(undeliverable(AskProblem.NO_AGENCY), 5)
    assert "The directory has no such agency that serves the area of the case" in text


@pytest.mark.parametrize("problem", AskProblem)
def test_a_supervisor_is_told_at_once_what_cannot_be_delivered(problem: AskProblem) -> None:
    (effect,) = undeliverable(problem).to_supervisor
    (line,) = compose(effect)
    assert line.startswith("RJ-7Q2K-9F3M: the request for the VLO to trace the offender cannot be delivered.")
    assert PROBLEMS[problem] in line


def test_a_technical_problem_that_nobody_settles_is_told_of_again() -> None:
    alerts = undeliverable(AskProblem.REFUSED).until(14).to_supervisor
    told = [compose(effect)[0] for effect in alerts if WaitKind.FIRST_CONTACT not in effect.about]
    assert len(told) == 3
    assert "is overdue: waiting for a technical problem to be solved, as the request for the VLO to trace" in told[1]
    assert "second notice" in told[2]


def test_staff_read_that_few_may_see_the_record() -> None:
    flagged = start_trace().then(3, TraceAnswered("restricted", limited_access=True))
    assert "Limited access: " in lines(flagged, 4)
    assert "Limited access: " not in lines(start_trace().then(3, TraceAnswered("restricted")), 4)


def test_a_date_outside_the_process_is_shown() -> None:
    walk = start_checks().then(5, DeadlineNoted(DeadlineKind.PAROLE, morning(100).date()))
    assert "Parole is decided on 10 June 2026" in lines(walk, 6)


def test_a_supervisor_is_told_in_one_line() -> None:
    events = {event.name for event in (*NOTIFIES_SUPERVISOR, *FACTS, ConcernRaised, ConcernDecided, VictimUpdated)}
    assert {key.partition(":")[0] for key in ALERTS} == events | {MessageKind.DAY_CANCELLED}


@pytest.mark.parametrize(
    ("decision", "line"),
    [
        ("no_concern", "a supervisor looked into the concern that you raised and found no reason to stop contact."),
        ("conditions", "a supervisor looked into the concern that you raised. Contact has conditions now."),
        (
            "decline",
            "a supervisor looked into the concern that you raised and upheld it. There is no further contact.",
        ),
    ],
)
def test_whoever_raised_a_concern_reads_what_a_supervisor_decided(decision: str, line: str) -> None:
    ref = CaseRef("RJ-7Q2K-9F3M")
    assert compose(NotifySupervisor("", ref, "concern_decided", decision)) == (f"{ref}: {line}",)


def test_the_lines_to_a_supervisor_name_the_case_and_what_it_waits_for() -> None:
    walk = start_checks().then(8, DeadlineNoted(DeadlineKind.SENTENCING, morning(40).date())).until(60)
    walk = walk.then(61, PutOnHold(Reason.ILLNESS)).then(62, ReviewRequested()).until(100)
    told = [line for effect in walk.to_supervisor for line in compose(effect)]
    overdue = "RJ-7Q2K-9F3M is overdue: waiting for the prison (eastmoor) to check whether"
    assert any(line.startswith(overdue) for line in told)
    assert any("(second notice): waiting for the HMPPS ReHub to check whether" in line for line in told)
    assert any("hold has run out" in line for line in told)
    assert any("is near (sentencing)" in line for line in told)
    assert any("a review was requested" in line for line in told)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (
            "substitute:assessment:probation:north",
            "a supervisor to name another agency to assess whether the offender is ready instead of probation",
        ),
        ("assessment:victim", "the assessment of the victim"),
        (
            "substitute:offender_answer:prison",
            "a supervisor to name another agency to pass on the offender's answer instead of the prison",
        ),
        (
            "technical_problem:assessment:offender",
            "a technical problem to be solved, as the request for the assessment of the offender cannot",
        ),
        ("follow_up:1-2", "follow-up 2 of contact 1"),
        ("follow_up:added-20", "follow-up"),
        ("screening", "the request to be screened"),
    ],
)
def test_a_wait_is_named_from_its_key(key: str, text: str) -> None:
    assert describe_awaited(WaitKey(key)).startswith(text)


def test_an_unknown_occasion_is_no_alert() -> None:
    with pytest.raises(KeyError):
        compose(NotifySupervisor("key", start_trace().case.ref, "resumed"))
