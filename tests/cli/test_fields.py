"""An event's fields as they are typed."""

import pytest

from cli.errors import UsageError
from cli.fields import known_event, read_fields
from cli.operator.services import duration
from domain.events import EVENTS
from workflows.record_codec import read_event


def test_a_field_is_given_in_any_of_three_ways() -> None:
    kind = EVENTS["trace_answered"]
    expected = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison:eastmoor"}
    for given in (
        ["--answer", "found", "--whereabouts", "custody", "--responsible-agency", "prison:eastmoor"],
        ["--answer=found", "--whereabouts=custody", "--responsible_agency=prison:eastmoor"],
        ["answer=found", "whereabouts=custody", "responsible-agency=prison:eastmoor"],
    ):
        assert read_fields(kind, given, "") == expected


def test_a_list_takes_commas() -> None:
    fields = read_fields(EVENTS["consent_recorded"], ["whose=victim", "forms=letter, video"], "")
    assert fields == {"whose": "victim", "forms": ["letter", "video"]}
    assert len(read_event("consent_recorded", fields).forms) == 2  # type: ignore[union-attr]


def test_a_field_alone_is_true() -> None:
    given = ["--specialist", "--facilitator", "f.osei"]
    assert read_fields(EVENTS["facilitator_assigned"], given, "") == {"specialist": True, "facilitator": "f.osei"}
    assert read_event("facilitator_assigned", {"specialist": True}).specialist is True  # type: ignore[union-attr]


def test_a_value_may_hold_an_equals_sign() -> None:
    assert read_fields(EVENTS["entry_corrected"], ["which=rj:a=b"], "") == {"which": "rj:a=b"}


def test_fields_go_over_the_data() -> None:
    fields = read_fields(EVENTS["request_screened"], ["answer=refuse"], '{"answer": "proceed", "reason": "duplicate"}')
    assert fields == {"answer": "refuse", "reason": "duplicate"}


def test_an_event_may_be_written_with_dashes() -> None:
    assert known_event("request-screened") is EVENTS["request_screened"]


def test_what_only_the_clock_records_is_not_offered() -> None:
    with pytest.raises(UsageError) as mistake:
        known_event("became_overdu")
    assert "became_overdue" not in str(mistake.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("200ms", 0.2), ("0.2s", 0.2), (".2s", 0.2), ("1m", 60), ("24h", 86_400), ("1ms", 0.001)]
)
def test_a_day_lasts_as_long_as_is_said(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["0.2", "", "s", "-1s", "1d", "25h", "0s", "1 hour", "1e3s", "٣s"])
def test_a_duration_that_cannot_be_meant_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="--day"):
        duration(text)
