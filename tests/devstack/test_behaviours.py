from dataclasses import replace
from datetime import date

import pytest

from devstack.behaviours import (
    LATE_DAYS,
    PROMPT_DAYS,
    SLOW_DAYS,
    ReceivedAsk,
    ReceivedUpdate,
    Reply,
    plan_replies,
    plan_statements,
    unavailable_days,
)
from devstack.scenarios import Behaviour, Manner, Scenarios, Statement
from devstack.waiting_clock import noon_of
from domain.agency_updates import UpdateKind
from domain.events import EVENTS
from domain.process import RULE_FOR
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, AgencyRef, Role, WaitKind, Whereabouts
from workflows.record_codec import read_event

DUE = date(2027, 3, 1)
ASKED_OF_AGENCIES = tuple(SLOW_DAYS)


def create_ask(
    question: WaitKind,
    *,
    kind: AgencyKind = AgencyKind.PROBATION,
    times: int = 1,
    reminder: int = 0,
) -> ReceivedAsk:
    return ReceivedAsk(kind, question, DUE, reminder, times)


def only(manner: Manner, question: WaitKind, *, times: int = 1, reminder: int = 0) -> Reply:
    (reply,) = plan_replies(Behaviour(manner), create_ask(question, times=times, reminder=reminder))
    return reply


@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("question", ASKED_OF_AGENCIES)
def test_each_reply_is_an_event_that_an_agency_may_record(manner: Manner, question: WaitKind) -> None:
    for reminder in (0, 1):
        for reply in plan_replies(Behaviour(manner), create_ask(question, reminder=reminder)):
            event = read_event(reply.event, dict(reply.data))
            assert Role.AGENCY in RULE_FOR[type(event)].by
            assert reply.event in EVENTS


def test_without_a_scenario_an_agency_is_prompt_and_favourable() -> None:
    behaviour = Scenarios().of("RJ-7Q2K-9F3M", AgencyKind.PROBATION)

    answers = [plan_replies(behaviour, create_ask(question)) for question in ASKED_OF_AGENCIES]

    assert [(reply.after_days, reply.data.get("answer")) for (reply,) in answers] == [
        (PROMPT_DAYS, "found"),
        (PROMPT_DAYS, "no_objection"),
        (PROMPT_DAYS, None),
        (PROMPT_DAYS, "willing"),
        (PROMPT_DAYS, "ready"),
    ]


def test_a_reminder_is_answered_only_by_an_agency_that_needs_it() -> None:
    for manner in Manner:
        at_once = plan_replies(Behaviour(manner), create_ask(WaitKind.TRACE))
        reminded = plan_replies(Behaviour(manner), create_ask(WaitKind.TRACE, reminder=1))
        if manner is Manner.NEEDS_REMINDER:
            assert (len(at_once), len(reminded)) == (0, 1)
        else:
            assert reminded == ()
            assert bool(at_once) is (manner is not Manner.SILENT)


def test_an_agency_says_something_of_its_own_accord_the_first_time_only() -> None:
    moved = Statement(WaitKind.APPROACH, "circumstances_changed", {"change": "moved"})
    also = Behaviour(says=(moved,))
    instead = Behaviour(says=(replace(moved, instead=True),))

    def events(behaviour: Behaviour, times: int = 1, reminder: int = 0) -> list[str]:
        ask = create_ask(WaitKind.APPROACH, times=times, reminder=reminder)
        return [reply.event for reply in plan_replies(behaviour, ask)]

    assert events(also) == ["circumstances_changed", "offender_approached"]
    assert events(also, times=2) == ["offender_approached"]
    assert events(instead) == ["circumstances_changed"]
    assert events(instead, times=2) == ["offender_approached"]
    assert events(instead, reminder=1) == []


def test_an_agency_objects_on_the_eve_of_the_meeting_that_it_was_told_of() -> None:
    objection = Statement(UpdateKind.DAY_SET, "agency_check_answered", {"answer": "objection"}, days_before=1)
    behaviour, now = Behaviour(says=(objection,)), noon_of(date(2027, 2, 15))
    told = ReceivedUpdate(UpdateKind.DAY_SET, date(2027, 3, 1))

    assert plan_statements(behaviour, told, now) == (Reply(13.0, objection.event, objection.data),)
    assert plan_statements(behaviour, replace(told, times=2), now) == ()
    assert plan_statements(behaviour, replace(told, changed=UpdateKind.DAY_CANCELLED), now) == ()


def test_an_agency_may_be_silent_on_one_question() -> None:
    silent = Behaviour(Manner.PROMPT, silent_on=WaitKind.OFFENDER_ANSWER)

    answered = {question for question in ASKED_OF_AGENCIES if plan_replies(silent, create_ask(question))}

    assert answered == set(ASKED_OF_AGENCIES) - {WaitKind.OFFENDER_ANSWER}


def test_an_objection_ends_when_challenged_once_or_is_repeated() -> None:
    once, twice = Manner.OBJECTING, Manner.OBJECTING_TWICE
    check = WaitKind.AGENCY_CHECK

    assert [only(once, check, times=times).data["answer"] for times in (1, 2)] == ["objection", "no_objection"]
    assert [only(twice, check, times=times).data["answer"] for times in (1, 2)] == ["objection", "objection"]
    assert only(once, check).data["reason"] == Reason.AGENCY_OBJECTS


@pytest.mark.parametrize(
    ("manner", "answer"),
    [
        (Manner.UNCERTAIN, "ambiguous"),
        (Manner.RESTRICTED, "restricted"),
        (Manner.NOT_FOUND, "not_found"),
        (Manner.NOT_OURS, "not_ours"),
        (Manner.DECEASED, "deceased"),
    ],
)
def test_a_trace_may_find_nobody(manner: Manner, answer: str) -> None:
    assert only(manner, WaitKind.TRACE).data == {"answer": answer}


def test_what_several_candidates_are_is_free_text_and_no_field() -> None:
    assert only(Manner.UNCERTAIN, WaitKind.TRACE).note


def test_an_ask_that_is_not_theirs_is_returned() -> None:
    assert only(Manner.NOT_OURS, WaitKind.AGENCY_CHECK).event == "ask_returned"


def test_an_offender_who_needs_time_is_willing_after_it() -> None:
    first, second = plan_replies(Behaviour(Manner.NEEDS_TIME), create_ask(WaitKind.OFFENDER_ANSWER))

    assert first.data == {"answer": "needs_time", "until": "2027-03-15"}
    assert second.data == {"answer": "willing"}
    assert first.after_days < second.after_days


def test_not_yet_becomes_ready_at_the_next_assessment() -> None:
    manner, question = Manner.NOT_YET_THEN_READY, WaitKind.ASSESSMENT

    assert [only(manner, question, times=times).data["answer"] for times in (1, 2)] == ["not_yet", "ready"]


def test_late_to_closed_says_it_again_at_any_rate() -> None:
    first, late = plan_replies(Behaviour(Manner.LATE_TO_CLOSED), create_ask(WaitKind.TRACE))

    assert (first.after_days, first.even_if_cancelled) == (PROMPT_DAYS, False)
    assert (late.after_days, late.even_if_cancelled) == (LATE_DAYS, True)
    assert late.data == first.data


def test_slow_answers_come_after_the_day_they_were_due() -> None:
    assert only(Manner.SLOW, WaitKind.TRACE).after_days == 16


def test_only_the_unavailable_refuse_and_only_for_some_days() -> None:
    assert {manner for manner in Manner if unavailable_days(Behaviour(manner))} == {Manner.UNAVAILABLE}
    assert unavailable_days(Behaviour(Manner.UNAVAILABLE, after_days=7)) == 7


@pytest.mark.parametrize(
    ("behaviour", "kind", "found"),
    [
        (Behaviour(), AgencyKind.PRISON, ("custody", "prison")),
        (Behaviour(), AgencyKind.VLO, ("community_supervised", "probation")),
        (Behaviour(), AgencyKind.YOUTH_OFFENDING_TEAM, ("community_supervised", "youth_offending_team")),
        (Behaviour(whereabouts=Whereabouts.ON_BAIL), AgencyKind.VLO, ("on_bail", "probation")),
        (Behaviour(whereabouts=Whereabouts.HOSPITAL), AgencyKind.CHARITY, ("hospital", "hospital")),
        (Behaviour(whereabouts=Whereabouts.ABROAD), AgencyKind.CHARITY, ("abroad", None)),
        (
            Behaviour(whereabouts=Whereabouts.CUSTODY, responsible_agency=AgencyRef("prison:westhaven-prison")),
            AgencyKind.CHARITY,
            ("custody", "prison:westhaven-prison"),
        ),
    ],
)
def test_a_find_names_who_works_with_the_offender(
    behaviour: Behaviour, kind: AgencyKind, found: tuple[str, str | None]
) -> None:
    (reply,) = plan_replies(behaviour, create_ask(WaitKind.TRACE, kind=kind))

    assert (reply.data["whereabouts"], reply.data.get("responsible_agency")) == found
