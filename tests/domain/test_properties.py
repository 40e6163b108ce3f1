"""Whatever is sent, in whatever order and however late: a case refuses with a reason, or goes on keeping its rules."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.calendar import Calendar
from domain.case import Case, active_waits
from domain.due_events import due_now, next_due
from domain.effects import effects
from domain.events import EVENTS, Actor, AskFailed, Event, Record
from domain.intake import open_case
from domain.json_values import to_json
from domain.policy import PACKAGED, Policy, Unit, WaitPolicy
from domain.process import advance
from domain.refusals import RecordRefused
from domain.vocabulary import (
    AgencyKind,
    AgencyRef,
    Role,
    WaitKey,
    WaitKind,
    wait_key,
)
from domain.waits import create_wait, shift_after_hold
from domain.wording.refusals import SENTENCES
from tests.domain.alphabet import SUPERVISOR, TIMER, records
from tests.domain.exploration import edge_faults, faults_of, try_record
from tests.domain.slices import NOW, REF, give_consents, open_request
from workflows.record_codec import CODE, VAULT_FIELDS, VAULT_ID, InvalidRecord, read_record, write_record

CASES = TypeAdapter(Case)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

agencies = st.sampled_from([None, *(AgencyRef(kind.value) for kind in AgencyKind), AgencyRef("prison:eastmoor")])
wait_keys = st.one_of(
    st.sampled_from([wait_key(kind) for kind in WaitKind]),
    st.sampled_from([WaitKey("agency_check:prison"), WaitKey("assessment:offender"), WaitKey("weather:today")]),
)
days = st.one_of(st.dates(), st.dates(date(2026, 1, 1), date(2031, 1, 1)))
for _kind, _strategy in ((date, days), (AgencyRef, agencies.filter(bool)), (WaitKey, wait_keys)):
    st.register_type_strategy(_kind, _strategy)

actors = st.builds(
    Actor,
    st.sampled_from(Role),
    st.sampled_from(["", "a-1", "eastmoor"]),
    st.sampled_from([None, *AgencyKind]),
    st.sampled_from(["", "north", "south"]),
    agencies,
)
st.register_type_strategy(Policy, st.sampled_from(PACKAGED))
st.register_type_strategy(Calendar, st.just(CALENDAR))
st.register_type_strategy(str, st.from_regex(CODE, fullmatch=True))
senders = actors.filter(lambda actor: actor.role is not Role.TIMER)
any_event = st.one_of(*(st.from_type(kind) for kind in EVENTS.values()))
steps_of_time = st.one_of(st.just(0), st.integers(0, 60), st.integers(0, 2000))


def holds_vault_ids(event: Event) -> bool:
    """Whether the fields that may name people hold nothing, or the id of a text in the vault."""
    return all(VAULT_ID.fullmatch(getattr(event, name, "")) for name in VAULT_FIELDS)


def keeps_its_rules(case: Case, record: Record, moment: datetime) -> Case:
    """The case after `record`, judged; the same case where it is refused with a sentence."""
    try:
        after = advance(case, record, moment)
    except RecordRefused as refusal:
        has_a_sentence(refusal)
        return case
    assert list(edge_faults(case, record, after, effects(case, after, record), moment)) == []
    return after


def has_a_sentence(refusal: RecordRefused | InvalidRecord) -> None:
    """Fail where a refusal has no code with a sentence, or says nothing."""
    assert refusal.code in SENTENCES
    assert str(refusal)


def with_the_clock_run(case: Case, moment: datetime) -> Case:
    """The case once its clock has recorded all that is due by `moment`."""
    while (event := due_now(case, moment)) is not None:
        case = keeps_its_rules(case, Record(f"timer-{case.version}", event, TIMER), moment)
    coming = next_due(case)
    assert coming is None or coming[0] > moment
    return case


@quick
@given(data=st.data())
def test_sensible_events_in_any_order_with_any_time_between_keep_the_rules(data: st.DataObject) -> None:
    case, moment = give_consents(open_request()), NOW
    for _ in range(data.draw(st.integers(1, 25))):
        moment += timedelta(days=data.draw(steps_of_time))
        case = with_the_clock_run(case, moment)
        tried = [record for record, _ in records(case, moment)]
        first = data.draw(st.integers(0, len(tried) - 1))
        record = next((one for one in tried[first:] + tried[:first] if try_record(case, one, moment) is not None), None)
        if record is None:
            return
        case = keeps_its_rules(case, record, moment)
        case = keeps_its_rules(case, record, moment)
        # What an entry makes due at once, such as an update that was held back, is recorded with it.
        case = with_the_clock_run(case, moment)
        assert list(faults_of(case, moment)) == []
    assert CASES.validate_python(to_json(case)) == case


@quick
@given(
    opening=st.from_type(EVENTS["request_received"]),
    events=st.lists(st.tuples(any_event, actors, steps_of_time), max_size=25),
)
def test_nonsense_is_refused_and_nothing_else_is_ever_raised(
    opening: Event, events: list[tuple[Event, Actor, int]]
) -> None:
    try:
        case = open_case(REF, Record("opening", opening, SUPERVISOR), NOW)
    except RecordRefused as refusal:
        has_a_sentence(refusal)
        case = open_request()
    moment = NOW
    for number, (event, actor, days_later) in enumerate(events):
        moment += timedelta(days=days_later)
        case = with_the_clock_run(case, moment)
        case = keeps_its_rules(case, Record(f"entry-{number}", event, actor), moment)
        assert case.is_closed or all(wait.waiting_on and wait.due_on for wait in active_waits(case))
        assert case.is_closed or active_waits(case)


@quick
@given(
    event=any_event.filter(lambda event: not isinstance(event, AskFailed) and holds_vault_ids(event)),
    actor=senders,
    version=st.none() | st.integers(0, 99),
    note=st.from_regex(r"[0-9a-f-]{0,36}", fullmatch=True),
)
def test_a_record_that_is_written_is_read_as_it_was(event: Event, actor: Actor, version: int | None, note: str) -> None:
    record = Record("entry-1", event, actor, version, note, 7)
    assert read_record(write_record(record)) == record


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
nearly_records = st.fixed_dictionaries(
    {"id": st.text() | json_values, "event": st.sampled_from(sorted(EVENTS)) | json_values, "data": json_values},
    optional={
        "by": st.fixed_dictionaries({"role": st.sampled_from(Role) | json_values}) | json_values,
        "more": json_values,
    },
)


@quick
@given(raw=json_values | nearly_records)
def test_whatever_json_comes_is_read_or_said_to_be_unreadable(raw: object) -> None:
    try:
        read_record(raw)
    except InvalidRecord as unreadable:
        has_a_sentence(unreadable)


@quick
@given(
    unit=st.sampled_from([Unit.WORKING_DAYS, Unit.WEEKS]),
    due=st.integers(1, 30),
    before=st.integers(0, 200),
    held=st.integers(0, 900),
)
def test_a_wait_keeps_its_remaining_time_over_a_hold_in_its_own_unit(
    unit: Unit, due: int, before: int, held: int
) -> None:
    wait = create_wait(WaitKey("agency_check:prison"), "prison", WaitPolicy(unit, due=due), NOW, 3, CALENDAR)
    held_on, resumed_on = NOW.date() + timedelta(days=before), NOW + timedelta(days=before + held)
    after = shift_after_hold(wait, held_on, resumed_on, 9, CALENDAR)
    assert count_left(unit, resumed_on.date(), after.due_on) == count_left(unit, held_on, wait.due_on)
    assert after.asked == 9


def count_left(unit: Unit, today: date, due_on: date) -> int:
    """How much of a wait is left today, in its unit; 0 where it has run out."""
    return CALENDAR.working_days_between(today, due_on) if unit is Unit.WORKING_DAYS else max(0, (due_on - today).days)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_in_the_words_that_travel(name: str) -> None:
    assert EVENTS[name].name == name
