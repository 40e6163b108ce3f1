"""What comes in is read as a record, or refused with the field that is wrong; no value is repeated."""

import pytest

from domain.events import TraceAnswered
from domain.refusals import Refusal
from workflows.messages import Unreadable, read_event, read_record, write_record

RECORD = {
    "id": "one",
    "event": "trace_answered",
    "data": {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"},
    "by": {"role": "agency", "id": "eastmoor-probation", "kind": "probation", "area": "eastmoor"},
}


def test_a_record_that_is_written_reads_as_the_same() -> None:
    record = read_record(RECORD)
    assert isinstance(record.event, TraceAnswered)
    assert read_record(write_record(record)) == record


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"event": "no_such_event"}, Refusal.UNKNOWN_EVENT, "event"),
        ({"surplus": 1}, Refusal.UNREADABLE, "surplus"),
        ({"id": 7}, Refusal.UNREADABLE, "id"),
        ({"by": {"role": "judge"}}, Refusal.UNREADABLE, "by.role"),
        ({"data": {"answer": "perhaps"}}, Refusal.UNREADABLE, "data.answer"),
        ({"data": {"answer": "found", "surplus": 1}}, Refusal.UNREADABLE, "data.surplus"),
        ({"event": "meeting_arranged", "data": {"form": "video", "day": "soon"}}, Refusal.UNREADABLE, "data.day"),
        ({"note": "half \ud800"}, Refusal.UNREADABLE, ""),
        ({"id": "nul \x00"}, Refusal.UNREADABLE, ""),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, object], code: Refusal, field: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_record(RECORD | changes)
    assert (unreadable.value.code, unreadable.value.field) == (code, field)


def test_a_text_that_no_database_can_hold_is_refused_in_an_event_too() -> None:
    with pytest.raises(Unreadable):
        read_event("follow_up_recorded", {"agreement_kept": "met", "report_to": "nul \x00"})


def test_an_unknown_event_is_not_repeated_at_length() -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_event("x" * 5000, {})
    assert len(str(unreadable.value)) < 300
