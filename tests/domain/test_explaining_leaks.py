"""Nothing shows: cases that differ only in what the victim may not know are told alike, in words and in time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.events import (
    AgencyCheckAnswered,
    CandidateChosen,
    CircumstancesChanged,
    DeadlineNoted,
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
    RiskReviewed,
    RouteExtended,
    TraceAnswered,
)
from domain.explaining import Explanation, explain, victim_view, wording
from domain.reasons import HARD, HOLD_REASONS, OBJECTIONS, SOFT, Reason
from domain.senders import agency_waited_on
from domain.steps import checks_outstanding
from domain.vocabulary import (
    DIRECT_FORMS,
    AgeGroup,
    AgencyRef,
    Change,
    DeadlineKind,
    Flag,
    Side,
    WaitKind,
    Whereabouts,
)
from tests.domain.victim_walks import CASEWORKER, REQUEST, SUPERVISOR, Walk, requested

Part = Callable[[Walk], Walk]
Seen = tuple[Explanation, tuple[tuple[datetime, tuple[str, ...]], ...]]


def seen(walk: Walk) -> Seen:
    """All that the victim of `walk` could learn: how things are explained now, and every notice with its time."""
    notices = tuple((when, wording(tell)) for when, tell in walk.told_victim)
    return explain(victim_view(walk.case)), notices


REQUESTS = (
    REQUEST,
    replace(REQUEST, has_vlo=False, flags=frozenset({Flag.SEXUAL_HARM}), whereabouts_known=True),
    replace(REQUEST, offender_age_group=AgeGroup.UNDER_18, years_since_offence=7),
)

# --- Traced on day 20, whoever found whom, where and after what.


def found(whereabouts: Whereabouts, agency: str | None, walk: Walk) -> Walk:
    return walk.then(20, TraceAnswered("found", whereabouts, agency and AgencyRef(agency)))


def found_late(walk: Walk) -> Walk:
    while walk.case.progress.waits[0].kind is WaitKind.TRACE:
        walk = walk.then(5, TraceAnswered("not_found"))
    first = replace(CASEWORKER, on_behalf_of=walk.case.progress.asked[0])
    return walk.then(20, TraceAnswered("found", Whereabouts.CUSTODY, AgencyRef("prison:eastmoor")), first)


def found_by_another(walk: Walk) -> Walk:
    while walk.case.progress.waits[0].kind is WaitKind.TRACE:
        walk = walk.then(5, NoResponseRecorded(), SUPERVISOR)
    walk = walk.then(17, RouteExtended(AgencyRef("court:northshire")), SUPERVISOR)
    return found(Whereabouts.ON_BAIL, "probation", walk)


def found_among_several(walk: Walk) -> Walk:
    walk = walk.then(6, TraceAnswered("ambiguous"))
    return walk.then(20, CandidateChosen(Whereabouts.COMMUNITY_SUPERVISED, AgencyRef("probation:north")))


def rested_then_found(walk: Walk) -> Walk:
    walk = walk.then(4, PutOnHold(Reason.HEALTH_OR_SUBSTANCE)).then(15, Resumed())
    return found(Whereabouts.CUSTODY, "prison", walk)


TRACED: tuple[Part, ...] = (
    partial(found, Whereabouts.CUSTODY, "prison:eastmoor"),
    partial(found, Whereabouts.COMMUNITY_SUPERVISED, "youth_offending_team"),
    partial(found, Whereabouts.ON_BAIL, "charity"),
    partial(found, Whereabouts.UNSUPERVISED, None),
    partial(found, Whereabouts.ABROAD, None),
    found_late,
    found_by_another,
    found_among_several,
    rested_then_found,
)

# --- Cleared on day 60, whoever objected, rested or never answered before.


def cleared(walk: Walk) -> Walk:
    return walk.unopposed(60)


def objected(reason: Reason, walk: Walk) -> Walk:
    agency = AgencyRef(agency_waited_on(checks_outstanding(walk.case)[0]))
    by = replace(CASEWORKER, on_behalf_of=agency)
    walk = walk.then(25, AgencyCheckAnswered("objection", reason), by)
    return cleared(walk.then(31, ObjectionChallenged(agency)))


def rested(reason: Reason, walk: Walk) -> Walk:
    return cleared(walk.then(22, PutOnHold(reason)).then(58, Resumed()))


def replaced(walk: Walk) -> Walk:
    agency = AgencyRef(agency_waited_on(checks_outstanding(walk.case)[0]))
    walk = walk.then(50, NoResponseRecorded(), replace(SUPERVISOR, on_behalf_of=agency))
    return cleared(walk.then(52, RouteExtended(AgencyRef("probation:south")), SUPERVISOR))


def moved_meanwhile(walk: Walk) -> Walk:
    walk = walk.then(30, DeadlineNoted(DeadlineKind.LICENCE_END, walk.case.received_at.date().replace(year=2027)))
    changed = CircumstancesChanged(Change.RELEASED, AgencyRef("probation:west"), Whereabouts.COMMUNITY_SUPERVISED)
    return cleared(walk.then(40, changed))


CLEARED: tuple[Part, ...] = (
    cleared,
    *(partial(objected, reason) for reason in sorted(OBJECTIONS | HARD)),
    *(partial(rested, reason) for reason in sorted(HOLD_REASONS)),
    replaced,
    moved_meanwhile,
)

# --- Approached on day 70, willing on day 100, prepared from day 150.


def approached(further_abuse: bool | None, walk: Walk) -> Walk:
    if further_abuse is not None:
        walk = walk.then(62, RiskReviewed(further_abuse))
    walk = walk.then(63, FacilitatorAssigned(specialist=True, facilitator="fa-1"), SUPERVISOR)
    return walk.then(70, OffenderApproached())


def willing(walk: Walk) -> Walk:
    return walk.then(100, OffenderAnswered("willing"))


def willing_after_time(walk: Walk) -> Walk:
    return willing(walk.then(85, OffenderAnswered("needs_time")))


def willing_though_moved(walk: Walk) -> Walk:
    changed = CircumstancesChanged(Change.MOVED, AgencyRef("prison:westgate"), Whereabouts.CUSTODY)
    return willing(walk.then(80, changed))


def ready(walk: Walk) -> Walk:
    return walk.then(150, ReadinessAssessed("ready"))


def ready_if_accepted(walk: Walk) -> Walk:
    return walk.then(150, ReadinessAssessed("ready_if_accepted", reasons=SOFT))


def only_indirectly(walk: Walk) -> Walk:
    unsuitable = ReadinessAssessed("unsuitable", Side.OFFENDER, Reason.ONGOING_RISK_OR_ABUSE, forms=DIRECT_FORMS)
    return walk.then(150, unsuitable)


APPROACHED: tuple[Part, ...] = (partial(approached, None), partial(approached, True), partial(approached, False))
WILLING: tuple[Part, ...] = (willing, willing_after_time, willing_though_moved)
READY: tuple[Part, ...] = (ready, ready_if_accepted, only_indirectly)


def screened(request: RequestReceived) -> Walk:
    """A walk from `request` to its tracing."""
    return requested(request).then(1, RequestScreened("proceed"))


def each_way(walks: list[Walk], parts: tuple[Part, ...], day: int) -> list[Walk]:
    """Every walk gone on in each of `parts`, to the morning of `day`."""
    return [part(walk).until(day) for walk in walks for part in parts]


def assert_told_alike(walks: list[Walk]) -> None:
    """The victims of all `walks` know the same, although the cases are not."""
    assert len({repr(walk.case) for walk in walks}) > 1
    assert len({seen(walk) for walk in walks}) == 1


def test_whatever_was_found_checked_and_answered_all_are_told_alike() -> None:
    traced = each_way([screened(request) for request in REQUESTS], TRACED, 21)
    assert_told_alike(traced)
    cleared_walks = each_way(traced, CLEARED, 61)
    assert_told_alike(cleared_walks)
    # From here on what was hidden before is one of three requests' longest history; the ways on are all taken.
    for walks in (
        each_way(cleared_walks[:: len(CLEARED)], APPROACHED, 71),
        each_way(cleared_walks, APPROACHED[:1], 71),
    ):
        assert_told_alike(walks)
        answered = each_way(walks, WILLING, 101)
        assert_told_alike(answered)
        assert_told_alike(each_way(answered, READY, 160))
