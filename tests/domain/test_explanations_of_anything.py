"""Whatever happens to a case, in whatever order: there are words for the victim, and they give nothing away."""

from dataclasses import asdict, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from domain.calendar import Calendar
from domain.case import Case, all_waits
from domain.due_events import due_now
from domain.effects import NotifySupervisor, NotifyVictim, effects
from domain.events import EVENTS, Actor, Event, Record, RequestReceived
from domain.intake import CURRENT_CALENDAR, open_case
from domain.policy import PACKAGED, Policy
from domain.process import RULE_FOR, advance
from domain.refusals import RecordRefused
from domain.staff_explanation import explain_to_staff
from domain.victim_explanation import compose, explain, victim_view
from domain.vocabulary import AgencyRef, CaseRef, InitiatedBy, Role, WaitKey, agency_kind
from tests.domain.test_victim_explanation import denied_words
from tests.domain.victim_walks import CASEWORKER, REF, REQUEST, SUPERVISOR, TIMER, at_each_step, morning

AGENCIES = [AgencyRef(name) for name in ("probation", "prison:eastmoor", "youth_offending_team", "court", "charity")]
STEPS = at_each_step()
BY_PEOPLE = [kind for kind in EVENTS.values() if kind in RULE_FOR and Role.TIMER not in RULE_FOR[kind].by]


@st.composite
def requests(draw: st.DrawFn) -> RequestReceived:
    """A request of any kind that opens a case."""
    request = draw(_draw_events(RequestReceived, REQUEST_DAY, (WaitKey(""),), ""))
    assert isinstance(request, RequestReceived)
    by_victim = bool(request.flags)
    started = InitiatedBy.VICTIM if by_victim else request.initiated_by
    return replace(request, area=REQUEST.area, continues=None, initiated_by=started)


REQUEST_DAY = morning(0).date()


def _draw_events(kind: type[Event], today: date, waits: tuple[WaitKey, ...], entry: str) -> st.SearchStrategy[Event]:
    """Events of `kind` with any values that its fields can hold."""
    known: dict[object, st.SearchStrategy[Any]] = {
        date: st.integers(-5, 120).map(lambda days: today + timedelta(days=days)),
        AgencyRef: st.sampled_from(AGENCIES),
        WaitKey: st.sampled_from(waits),
        frozenset[CaseRef]: st.just(frozenset()),
        str: st.just(entry),
        Policy: st.sampled_from(PACKAGED),
        Calendar: st.just(CURRENT_CALENDAR),
    }

    def values(hint: Any) -> st.SearchStrategy[Any]:
        if hint in known:
            return known[hint]
        options = [known[part] if part in known else st.from_type(part) for part in getattr(hint, "__args__", ())]
        is_union = type(None) in getattr(hint, "__args__", ())
        return st.one_of(*options) if is_union else st.from_type(hint)

    hints = get_type_hints(kind)
    named = {field.name: hints[field.name] for field in fields(kind) if field.name != "continues"}
    return st.builds(kind, **{name: values(hint) for name, hint in named.items()})


def _actors(case: Case) -> list[Actor]:
    staff = [CASEWORKER, SUPERVISOR]
    asked = tuple(one.agency for one in case.asked)
    return [
        *staff,
        *(replace(actor, on_behalf_of=agency) for actor in staff for agency in asked),
        *(Actor(Role.AGENCY, agency.partition(":")[2] or "any", agency_kind(agency)) for agency in asked),
        Actor(Role.SERVICE),
    ]


def _assert_explained(before: Case | None, case: Case, record: Record, now: datetime) -> None:
    words = list(asdict(explain(victim_view(case, now.date()))).values())
    for effect in effects(before, case, record):
        if isinstance(effect, NotifyVictim | NotifySupervisor):
            words += compose(effect) if isinstance(effect, NotifyVictim) else []
            assert all(compose(effect))
    assert all(words)
    assert denied_words(" ".join(words)) == []
    assert all(explain_to_staff(case, now))


def _draw_record(data: st.DataObject, case: Case, now: datetime) -> Record:
    """A record that the table allows at the case's step, by any role that it allows, with any values."""
    due = due_now(case, now)
    if due is not None:
        return Record(f"entry-{case.version + 1}", due, TIMER)
    kinds = [kind for kind in BY_PEOPLE if case.step in RULE_FOR[kind].at]
    kind = data.draw(st.sampled_from(kinds))
    waits = tuple(wait.key for wait in all_waits(case)) or (WaitKey("screening"),)
    last = case.undo_point.entry if case.undo_point else "entry-1"
    drawn = data.draw(_draw_events(kind, now.date(), waits, last))
    actors = [actor for actor in _actors(case) if actor.role in RULE_FOR[kind].by] or [TIMER]
    return Record(f"entry-{case.version + 1}", drawn, data.draw(st.sampled_from(actors)))


def _walk_anyhow(data: st.DataObject, request: RequestReceived) -> None:
    """Explain a case at its beginning or at any step, and after each of the events that then happen to it."""
    now = morning(0)
    record = Record("entry-1", request, CASEWORKER)
    try:
        case = open_case(REF, record, now)
    except RecordRefused:
        return
    _assert_explained(None, case, record, now)
    begun = data.draw(st.sampled_from([None, *STEPS]))
    if begun is not None:
        case, now = STEPS[begun].case, morning(10)
    for _ in range(data.draw(st.integers(1, 40))):
        now += timedelta(days=data.draw(st.sampled_from((0, 0, 1, 7, 40))))
        record = _draw_record(data, case, now)
        try:
            after = advance(case, record, now)
        except RecordRefused:
            continue
        _assert_explained(case, after, record, now)
        case = after
    event(f"ended at {case.step}")


@given(st.data(), requests())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_happens_there_are_words_that_give_nothing_away(
    data: st.DataObject, request_: RequestReceived
) -> None:
    _walk_anyhow(data, request_)


@pytest.mark.long
@given(st.data(), requests())
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_happens_in_many_lives_there_are_words_that_give_nothing_away(
    data: st.DataObject, request_: RequestReceived
) -> None:
    _walk_anyhow(data, request_)
