"""An event's fields as they are typed, and the length of a demonstration's day."""

import pytest

from cli.errors import UsageError
from cli.operator.services import duration
from cli.staff.record import _read_fields
from workflows.record_codec import read_event


def test_a_field_is_given_in_any_of_three_ways() -> None:
    expected = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison:eastmoor"}
    for words in (
        ["--answer", "found", "--whereabouts", "custody", "--responsible-agency", "prison:eastmoor"],
        ["--answer=found", "--whereabouts=custody", "--responsible_agency=prison:eastmoor"],
        ["answer=found", "whereabouts=custody", "responsible-agency=prison:eastmoor"],
    ):
        assert dict(_read_fields(words)) == expected


def test_a_list_takes_commas() -> None:
    fields = dict(_read_fields(["whose=victim", "forms=letter, video"]))
    assert fields == {"whose": "victim", "forms": ["letter", "video"]}
    assert len(read_event("consent_recorded", fields).forms) == 2  # type: ignore[union-attr]


def test_a_field_alone_is_true() -> None:
    fields = dict(_read_fields(["--agreement", "--form", "letter", "--result", "completed"]))
    assert fields == {"agreement": True, "form": "letter", "result": "completed"}
    assert read_event("meeting_held", fields).agreement is True  # type: ignore[union-attr]


def test_a_number_is_a_number_only_where_an_event_has_one() -> None:
    assert dict(_read_fields(["version=2", "candidate=2"])) == {"version": 2, "candidate": "2"}


def test_a_value_may_hold_an_equals_sign() -> None:
    assert dict(_read_fields(["which=rj:a=b"])) == {"which": "rj:a=b"}


@pytest.mark.parametrize(
    ("text", "seconds"), [("200ms", 0.2), ("0.2s", 0.2), (".2s", 0.2), ("1m", 60), ("24h", 86_400), ("1ms", 0.001)]
)
def test_a_day_lasts_as_long_as_is_said(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["0.2", "", "s", "-1s", "1d", "25h", "0s", "1 hour", "1e3s", "٣s"])
def test_a_duration_that_cannot_be_meant_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="--day"):
        duration(text)
