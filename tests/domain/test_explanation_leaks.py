"""Nothing shows: cases that differ only in what the victim may not know are told the same, in words and in time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import product
from typing import Any, Literal

import pytest

from domain.authority import agency_waited_on
from domain.effects import NotifySupervisor, NotifyVictim
from domain.events import (
    AgencyCheckAnswered,
    AskFailed,
    AskRetried,
    CandidateChosen,
    CircumstancesChanged,
    Continuation,
    DeadlineNoted,
    DeclinedByService,
    FacilitatorAssigned,
    NoResponseRecorded,
    ObjectionChallenged,
    OffenderAnswered,
    OffenderApproached,
    PutOnHold,
    ReadinessAssessed,
    RequestReceived,
    RequestScreened,
    Resumed,
    ReviewDecided,
    ReviewRequested,
    RiskAssessed,
    RouteExtended,
    TraceAnswered,
)
from domain.reasons import DECLINE_REASONS, HARD, HOLD_REASONS, OBJECTIONS, REASON_RULES, SOFT, Reason
from domain.steps import checks_outstanding
from domain.victim_explanation import VictimExplanation, compose, explain, tellable_reason, victim_view
from domain.victim_facts import OFFENDERS_BEHAVIOUR
from domain.vocabulary import (
    DIRECT_FORMS,
    AgeGroup,
    AgencyRef,
    AskProblem,
    CircumstanceChange,
    DeadlineKind,
    Flag,
    Side,
    Stage,
    Step,
    WaitKey,
    WaitKind,
    Whereabouts,
)
from tests.domain.victim_walks import (
    CASEWORKER,
    FIRST_DAY,
    OTHER_SUPERVISOR,
    REQUEST,
    SERVICE,
    SUPERVISOR,
    Walk,
    morning,
    start_walk,
)

Part = Callable[[Walk], Walk]
Seen = tuple[VictimExplanation, tuple[tuple[datetime, tuple[str, ...]], ...]]


def list_seen(walk: Walk) -> Seen:
    """All that the victim of `walk` could learn: how things are explained now, and every message with its time."""
    messages = tuple((when, compose(effect)) for when, effect in walk.to_victim)
    return explain(victim_view(walk.case, walk.case.victim_updated_on or FIRST_DAY)), messages


REQUESTS = (
    REQUEST,
    replace(REQUEST, has_vlo=False, flags=frozenset({Flag.SEXUAL_HARM}), whereabouts_known=True),
    replace(REQUEST, offender_age_group=AgeGroup.UNDER_18, years_since_offence=7),
)

# --- Traced on day 20, whichever agency found the offender, where and after what.


def trace_offender(whereabouts: Whereabouts, agency: str | None, walk: Walk) -> Walk:
    return walk.then(20, TraceAnswered("found", whereabouts, AgencyRef(agency) if agency else None))


def trace_late(walk: Walk) -> Walk:
    while walk.case.progress.waits[0].kind is WaitKind.TRACE:
        walk = walk.then(5, TraceAnswered("not_found"))
    first = replace(CASEWORKER, on_behalf_of=walk.case.asked[0].agency)
    return walk.then(20, TraceAnswered("found", Whereabouts.CUSTODY, AgencyRef("prison:eastmoor")), first)


def trace_by_another(walk: Walk) -> Walk:
    while walk.case.progress.waits[0].kind is WaitKind.TRACE:
        walk = walk.then(5, NoResponseRecorded(), SUPERVISOR)
    walk = walk.then(17, RouteExtended(AgencyRef("court:northshire")), SUPERVISOR)
    return trace_offender(Whereabouts.ON_BAIL, "probation", walk)


def trace_among_several(walk: Walk) -> Walk:
    walk = walk.then(6, TraceAnswered("ambiguous"))
    return walk.then(20, CandidateChosen(Whereabouts.COMMUNITY_SUPERVISED, AgencyRef("probation:north")))


def hold_then_trace(walk: Walk) -> Walk:
    walk = walk.then(4, PutOnHold(Reason.HEALTH_OR_SUBSTANCE)).then(15, Resumed())
    return trace_offender(Whereabouts.CUSTODY, "prison", walk)


TRACED: tuple[Part, ...] = (
    partial(trace_offender, Whereabouts.CUSTODY, "prison:eastmoor"),
    partial(trace_offender, Whereabouts.COMMUNITY_SUPERVISED, "youth_offending_team"),
    partial(trace_offender, Whereabouts.ON_BAIL, "charity"),
    partial(trace_offender, Whereabouts.UNSUPERVISED, None),
    partial(trace_offender, Whereabouts.ABROAD, None),
    trace_late,
    trace_by_another,
    trace_among_several,
    hold_then_trace,
)

# --- Cleared on day 60, whatever objections, holds and missing answers came before.


def clear_checks(walk: Walk) -> Walk:
    return walk.answer_checks(60)


def challenge_objection(reason: Reason, walk: Walk) -> Walk:
    agency = AgencyRef(agency_waited_on(checks_outstanding(walk.case)[0]))
    by = replace(CASEWORKER, on_behalf_of=agency)
    walk = walk.then(25, AgencyCheckAnswered("objection", reason), by)
    return clear_checks(walk.then(31, ObjectionChallenged(agency)))


def replace_agency(walk: Walk) -> Walk:
    agency = AgencyRef(agency_waited_on(checks_outstanding(walk.case)[0]))
    walk = walk.then(50, NoResponseRecorded(), replace(SUPERVISOR, on_behalf_of=agency))
    return clear_checks(walk.then(52, RouteExtended(AgencyRef("probation:south")), SUPERVISOR))


def move_meanwhile(walk: Walk) -> Walk:
    walk = walk.then(30, DeadlineNoted(DeadlineKind.LICENCE_END, walk.case.received_at.date().replace(year=2027)))
    changed = CircumstancesChanged(
        CircumstanceChange.RELEASED, AgencyRef("probation:west"), Whereabouts.COMMUNITY_SUPERVISED
    )
    return clear_checks(walk.then(40, changed))


CLEARED: tuple[Part, ...] = (
    clear_checks,
    *(partial(challenge_objection, reason) for reason in sorted(OBJECTIONS | HARD)),
    replace_agency,
    move_meanwhile,
)

# --- Approached on day 70, willing on day 100, prepared from day 150.


def approach(further_abuse: bool | None, walk: Walk) -> Walk:
    result: Literal["direct", "indirect_only"] = "indirect_only" if further_abuse else "direct"
    walk = walk.then(62, RiskAssessed(result, bool(further_abuse), specialist_in=frozenset(Flag)))
    walk = walk.then(63, FacilitatorAssigned("fa-1", frozenset(Flag)), SUPERVISOR)
    return walk.then(70, OffenderApproached())


def agree(walk: Walk) -> Walk:
    return walk.then(100, OffenderAnswered("willing"))


def agree_after_time(walk: Walk) -> Walk:
    return agree(walk.then(85, OffenderAnswered("needs_time")))


def agree_after_move(walk: Walk) -> Walk:
    changed = CircumstancesChanged(CircumstanceChange.MOVED, AgencyRef("prison:westgate"), Whereabouts.CUSTODY)
    return agree(walk.then(80, changed))


def ready(walk: Walk) -> Walk:
    return walk.then(150, ReadinessAssessed("ready"))


def ready_if_accepted(walk: Walk) -> Walk:
    return walk.then(150, ReadinessAssessed("ready_if_accepted", reasons=SOFT))


def only_indirectly(walk: Walk) -> Walk:
    unsuitable = ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.DENIES_RESPONSIBILITY, forms=DIRECT_FORMS)
    return walk.then(150, unsuitable)


APPROACHED: tuple[Part, ...] = (partial(approach, None), partial(approach, True), partial(approach, False))
WILLING: tuple[Part, ...] = (agree, agree_after_time, agree_after_move)
READY: tuple[Part, ...] = (ready, ready_if_accepted, only_indirectly)


def screen(request: RequestReceived) -> Walk:
    """A walk from `request` to its tracing."""
    return start_walk(request).then(1, RequestScreened("proceed"))


def each_way(walks: list[Walk], parts: tuple[Part, ...], day: int) -> list[Walk]:
    """Every walk gone on in each of `parts`, to the morning of `day`."""
    return [part(walk).until(day) for walk in walks for part in parts]


def assert_told_alike(walks: list[Walk]) -> None:
    """The victims of all `walks` know the same, although the cases are not."""
    assert len({repr(walk.case) for walk in walks}) > 1
    assert len({list_seen(walk) for walk in walks}) == 1


def test_whatever_was_found_checked_and_answered_all_are_told_alike() -> None:
    traced = each_way([screen(request) for request in REQUESTS], TRACED, 21)
    assert_told_alike(traced)
    cleared_walks = each_way(traced, CLEARED, 61)
    assert_told_alike(cleared_walks)
    # Every way to be cleared goes on in one way, and one way to be cleared goes on in all.
    assert_told_alike(each_way(cleared_walks, (prepare,), 160))
    approached_walks = each_way(cleared_walks[:: len(CLEARED)], APPROACHED, 71)
    assert_told_alike(approached_walks)
    answered = each_way(approached_walks, WILLING, 101)
    assert_told_alike(answered)
    assert_told_alike(each_way(answered, READY, 160))


def prepare(walk: Walk) -> Walk:
    """The walk gone on in one of the ways to be prepared."""
    return ready(agree(approach(None, walk)))


def not_yet(reason: Reason, *sides: Side | None) -> list[Walk]:
    """One side, or both, not yet ready for `reason`, with a date of its own or the usual one."""
    assessing = agree(approach(False, clear_checks(trace_late(screen(REQUEST)))))
    return [
        assessing.then(120, ReadinessAssessed("not_yet", side, reason, review_on=review_on)).until(190)
        for side, review_on in product(sides, (None, morning(220).date()))
    ]


def test_why_a_side_is_not_yet_ready_is_told_alike_for_all_that_may_not_be_told() -> None:
    """2.5: a reason of the victim's own was agreed with them; it is read like any other of theirs."""
    hidden = [reason for reason in sorted(SOFT) if not REASON_RULES[reason].tellable]
    assert_told_alike([walk for reason in hidden for walk in not_yet(reason, None, Side.OFFENDER)])
    assert_told_alike([walk for reason in hidden for walk in not_yet(reason, Side.VICTIM)])


@pytest.mark.parametrize("reason", sorted(OFFENDERS_BEHAVIOUR))
def test_the_offenders_behaviour_is_read_only_where_the_reason_was_theirs(reason: Reason) -> None:
    """2.5."""
    (hidden, *_), (theirs, *_) = not_yet(Reason.MOTIVE_CONCERN, None), not_yet(reason, Side.OFFENDER)
    for walk in not_yet(reason, None):
        assert list_seen(walk) == list_seen(hidden)
    assert "person responsible" in list_seen(theirs)[0].happened
    for walk in not_yet(reason, Side.VICTIM):
        assert "person responsible" not in list_seen(walk)[0].happened
        assert "agreed with you" in list_seen(walk)[0].happened


def test_a_victim_reads_of_their_own_expectations_only_where_the_reason_was_theirs() -> None:
    """2.5."""
    (hidden, *_), (own, *_) = (
        not_yet(Reason.MOTIVE_CONCERN, None),
        not_yet(Reason.UNREALISTIC_EXPECTATIONS, Side.VICTIM),
    )
    assert "As we have talked about with you" in list_seen(own)[0].happened
    for walk in not_yet(Reason.UNREALISTIC_EXPECTATIONS, None, Side.OFFENDER):
        assert list_seen(walk) == list_seen(hidden)


def test_an_end_for_a_reason_that_may_not_be_told_is_told_alike_whatever_the_reason() -> None:
    hidden = sorted(r for r in DECLINE_REASONS if not REASON_RULES[r].tellable and r is not Reason.ACCESS_RESTRICTED)
    walks = [
        part(screen(request)).then(40, DeclinedByService(reason), SUPERVISOR).until(300)
        for request, part, reason in product(REQUESTS, TRACED, hidden)
        if reason not in HARD | SOFT  # nobody is assessed before they were approached
    ]
    assert Reason.NO_AGREED_FORM in hidden
    assert_told_alike(walks)


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_record_that_may_not_be_opened_is_told_like_none_at_the_same_times(request_: RequestReceived) -> None:
    answers = ("not_found", "restricted", "not_ours")
    agencies = len(screen(request_).case.progress.route) + 1
    lives = [
        trace_in_vain(request_, given, reason)
        for given in product(answers, repeat=agencies)
        for reason in (Reason.NO_MATCH, Reason.ACCESS_RESTRICTED)
    ]
    assert len({list_seen(life) for life in lives}) == 1
    # Not only the words: every message, to victim and supervisor, with its key, stage and next date.
    assert len({tuple(with_told_reasons(life)) for life in lives}) == 1


def with_told_reasons(life: Walk) -> Iterator[tuple[datetime, NotifyVictim | NotifySupervisor]]:
    """Each message with its time, those to the victim with the reason that their words may depend on."""
    for when, effect in life.notifications:
        yield (
            when,
            replace(effect, reason=tellable_reason(effect.reason)) if isinstance(effect, NotifyVictim) else effect,
        )


def trace_in_vain(request: RequestReceived, answers: tuple[str, ...], reason: Reason) -> Walk:
    """A life in which nobody is found, the end is reviewed, and the request reopened."""
    walk = screen(request)
    for day, answer in enumerate(answers, start=3):
        walk = walk.then(day, TraceAnswered(answer))  # type: ignore[arg-type]  # one of the three above
    walk = walk.then(60, DeclinedByService(reason), SUPERVISOR)
    walk = walk.then(70, ReviewRequested()).then(100, ReviewDecided("upheld"), OTHER_SUPERVISOR)
    return take_up_again(walk, 120)


def take_up_again(walk: Walk, day: int) -> Walk:
    """The walk of the request that continues the ended one, with the notifications of both."""
    progress = walk.case.progress
    assert progress.ended_on is not None
    ended = Continuation(walk.case.ref, Stage.DECLINED, progress.ended_on, progress.reason, review_upheld=True)
    again = start_walk(replace(walk.case.request, continues=ended), day).until(day + 60)
    assert again.case.step is Step.TRACING
    return replace(again, notifications=walk.notifications + again.notifications)


def test_updates_say_that_a_request_is_on_hold_and_nothing_of_why() -> None:
    """2.6a: but where the victim wished it."""
    waiting = screen(REQUEST)
    on_hold = {reason: waiting.then(10, PutOnHold(reason)).until(200) for reason in sorted(HOLD_REASONS)}
    wished = on_hold.pop(Reason.VICTIM_WISHES)
    assert_told_alike(list(on_hold.values()))
    held = list_seen(on_hold[Reason.ILLNESS])
    assert "paused for now" in held[1][-1][1][1]
    assert "You asked us for a break" in list_seen(wished)[1][-1][1][1]
    assert [when for when, _ in held[1]] == [when for when, _ in list_seen(waiting.until(200))[1]], (
        "a hold changes no day"
    )


def test_a_question_that_cannot_be_delivered_does_not_show() -> None:
    waiting, told_at = screen(REQUEST), 200
    walks = [
        part(waiting.then(3, AskFailed(WaitKey("trace:vlo"), problem), SERVICE)).until(told_at)
        for problem in AskProblem
        for part in (fail_permanently, send_again, name_another)
    ]
    assert_told_alike([waiting.until(told_at), *walks])


def fail_permanently(walk: Walk) -> Walk:
    return walk


def send_again(walk: Walk) -> Walk:
    return walk.then(9, AskRetried())


def name_another(walk: Walk) -> Walk:
    return walk.then(9, RouteExtended(AgencyRef("charity")), SUPERVISOR)


@pytest.mark.parametrize("answer", ["found", "ambiguous", "restricted", "not_found"])
def test_that_few_may_see_a_record_changes_neither_words_nor_times(answer: Any) -> None:
    limited, other = (
        screen(REQUEST).then(5, TraceAnswered(answer, Whereabouts.UNSUPERVISED, limited_access=flag)).until(200)
        for flag in (True, False)
    )
    assert limited.case.progress.limited_access
    assert_told_alike([limited, other])
    assert limited.notifications == other.notifications, "every message is the same, with its time, to a supervisor too"
