"""What is offered to staff is what the process takes: no more and no less, at every state that is looked at."""

import functools
from collections.abc import Iterator
from dataclasses import MISSING, replace
from datetime import date, datetime
from typing import Any

import pytest

from domain.allowed_events import AllowedEvent, EventField, EventVariant, allowed_events
from domain.case import Case
from domain.event_fields import FIELD_SHAPES, FieldKind
from domain.events import EVENTS, Actor, Record, TraceAnswered
from domain.intake import CURRENT_CALENDAR
from domain.json_values import to_json
from domain.policy import YOUTH
from domain.process import advance
from domain.refusals import RecordRefused
from domain.vocabulary import AgencyRef, Step
from tests.domain.alphabet import CASEWORKER, NEVER_ASKED, SUPERVISOR, records
from tests.domain.exploration import reach
from tests.domain.slices import SLICES

EVERY = {"asking the victim": 6, "readiness": 48, "technical problems": 12}
"""One in so many states of each slice is tested."""


_offers_at = functools.cache(allowed_events)
"""What is offered at a state, found out once for all tests of it."""


@functools.cache
def _states(name: str) -> list[tuple[Case, datetime]]:
    part = next(part for part in SLICES if part.name == name)
    return list(reach(part.starts(), part.follows).values())


_PARAMS = [pytest.param(name, marks=pytest.mark.long) if name == "readiness" else name for name in EVERY]


@pytest.fixture(scope="module", params=_PARAMS)
def states(request: pytest.FixtureRequest) -> list[tuple[Case, datetime]]:
    return _states(request.param)[:: EVERY[request.param]]


def _is_taken(case: Case, record: Record, now: datetime) -> bool:
    try:
        advance(case, record, now)
    except RecordRefused:
        return False
    return True


def test_whatever_the_process_takes_of_staff_is_offered_to_them(states: list[tuple[Case, datetime]]) -> None:
    for case, now in states:
        offered = {
            who.role: {allowed.event: allowed for allowed in _offers_at(case, who, now)}
            for who in (CASEWORKER, SUPERVISOR)
        }
        for record, at in records(case, now):
            if record.by.role in offered and at == now and _is_taken(case, record, now):
                assert _offers(offered[record.by.role].get(record.event.name), record), record


def _offers(allowed: AllowedEvent | None, record: Record) -> bool:
    if allowed is None:
        return False
    speaker = record.by.on_behalf_of
    said = {name: getattr(record.event, name) for name in FIELD_SHAPES[record.event.name]}
    variant = next((one for one in allowed.variants if not allowed.lead or one.value == said[allowed.lead]), None)
    may_speak = allowed.in_own_name if speaker is None else speaker in allowed.on_behalf_of
    return variant is not None and may_speak and all(_fits(asked, said[asked.name]) for asked in variant.fields)


def _fits(asked: EventField, value: object) -> bool:
    if value in (None, "", frozenset()):
        return not asked.required
    if isinstance(value, date):
        after = asked.not_before is None or value >= asked.not_before
        return after and (asked.not_after is None or value <= asked.not_after)
    if isinstance(value, frozenset):
        return asked.kind is FieldKind.CASES or {str(item) for item in value} <= set(asked.choices)
    return not asked.choices or str(value) in asked.choices


def test_whatever_is_offered_to_staff_is_taken_with_the_first_choice_of_each_field(
    states: list[tuple[Case, datetime]],
) -> None:
    for case, now in states:
        for who in (CASEWORKER, SUPERVISOR):
            for allowed in _offers_at(case, who, now):
                for record in _fillings(allowed, who, now):
                    assert any(_is_taken(case, variation, now) for variation in record), allowed


def _fillings(allowed: AllowedEvent, who: Actor, now: datetime) -> Iterator[list[Record]]:
    """For each variant its records: by every actor that may record it, with every value of one field, or the least."""
    speakers: list[AgencyRef | None] = [*([None] if allowed.in_own_name else []), *allowed.on_behalf_of]
    for variant in allowed.variants:
        lead = {allowed.lead: variant.value} if allowed.lead else {}
        yield [
            Record(
                "filled",
                _event(allowed, {**lead, **fields}),
                Actor(who.role, who.id, on_behalf_of=speaker),
                note="note-1" if allowed.event == "note_added" else "",
            )
            for speaker in speakers
            for fields in _fill_in(variant, now.date())
        ]


def _fill_in(variant: EventVariant, today: date) -> Iterator[dict[str, Any]]:
    first = {asked.name: _value(asked, 0, today) for asked in variant.fields if asked.required}
    yield first
    for asked in variant.fields:
        yield from ({**first, asked.name: _value(asked, place, today)} for place in range(len(asked.choices)))


_RULES_NAMED = {"policy": to_json(YOUTH), "calendar": to_json(CURRENT_CALENDAR)}


def _value(asked: EventField, place: int, today: date) -> Any:
    match asked.kind:
        case FieldKind.CHOICE:
            return asked.choices[place]
        case FieldKind.NUMBER:
            return int(asked.choices[place])
        case FieldKind.CHOICES:
            return frozenset({asked.choices[place]})
        case FieldKind.DAY:
            return asked.not_before or asked.not_after or today
        case FieldKind.YES_NO:
            return True
        case FieldKind.AGENCY:
            return NEVER_ASKED
        case FieldKind.CASES:
            return frozenset()
        case _:
            # Staff name a policy or a calendar; the service sends its value.
            return _RULES_NAMED.get(asked.name, "staff-7")


def _event(allowed: AllowedEvent, said: dict[str, Any]) -> Any:
    """The event as its own class reads it: codes become the words of the domain."""
    from workflows.record_codec import read_event  # noqa: PLC0415 - the reader is a layer above

    written = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in said.items()}
    return read_event(allowed.event, {name: str(v) if isinstance(v, date) else v for name, v in written.items()})


def test_what_only_the_clock_or_the_case_itself_records_is_never_offered(states: list[tuple[Case, datetime]]) -> None:
    own = {
        "became_overdue",
        "second_notice",
        "review_due",
        "hold_ended",
        "deadline_near",
        "victim_updated",
        "risk_expired",
    }
    for case, now in states:
        assert not own & {allowed.event for allowed in _offers_at(case, SUPERVISOR, now)}


def test_a_caseworker_is_not_offered_what_only_a_supervisor_may() -> None:
    case, now = _states("asking the victim")[0]
    case = replace(case, assigned_to="staff-7")
    assert "reassigned" not in {allowed.event for allowed in allowed_events(case, CASEWORKER, now)}
    assert "reassigned" in {allowed.event for allowed in allowed_events(case, SUPERVISOR, now)}


def test_a_caseworker_may_take_a_case_that_is_assigned_to_nobody_for_themselves_alone() -> None:
    """4.4."""
    case, now = _states("asking the victim")[0]
    assert not case.assigned_to
    (offered,) = (one for one in allowed_events(case, CASEWORKER, now) if one.event == "reassigned")
    assert offered.variants == (
        EventVariant("", (EventField("to", FieldKind.CHOICE, required=True, choices=(CASEWORKER.id,)),)),
    )
    (offered,) = (one for one in allowed_events(case, SUPERVISOR, now) if one.event == "reassigned")
    assert [asked.kind for asked in offered.variants[0].fields] == [FieldKind.ACCOUNT]


def test_a_field_is_asked_only_where_it_counts() -> None:
    case, now = next(state for state in _states("asking the victim") if state[0].step is Step.TRACING)
    trace = next(allowed for allowed in allowed_events(case, CASEWORKER, now) if allowed.event == TraceAnswered.name)
    by_answer = {variant.value: {asked.name: asked for asked in variant.fields} for variant in trace.variants}
    assert by_answer["found"]["whereabouts"].required
    assert "whereabouts" not in by_answer["not_found"]


def test_every_event_but_the_request_has_its_fields_described() -> None:
    assert set(FIELD_SHAPES) == set(EVENTS) - {"request_received"}
    assert all(
        shape.default is not MISSING or shape.kind for fields in FIELD_SHAPES.values() for shape in fields.values()
    )
