"""What comes in is read as a record, or refused with the field that is wrong; no value is repeated."""

import pytest

from domain.events import TraceAnswered
from domain.vocabulary import Refusal
from workflows.record_codec import InvalidRecord, read_event, read_record, write_record

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
        ({"surplus": 1}, Refusal.UNREADABLE, ""),
        ({"id": 7}, Refusal.UNREADABLE, "id"),
        ({"id": ""}, Refusal.UNREADABLE, "id"),
        ({"id": "x" * 201}, Refusal.UNREADABLE, "id"),
        ({"inbox": 10**30}, Refusal.UNREADABLE, "inbox"),
        ({"inbox": True}, Refusal.UNREADABLE, "inbox"),
        ({"expected_version": "3"}, Refusal.UNREADABLE, "expected_version"),
        ({"note": "Please ring before Thursday"}, Refusal.UNREADABLE, "note"),
        ({"by": {"role": "caseworker", "id": "a name and a street"}}, Refusal.FREE_TEXT, "by.id"),
        ({"by": {"role": "caseworker", "surplus": 1}}, Refusal.UNREADABLE, "by"),
        ({"by": {"role": "timer"}}, Refusal.NOT_BY_THIS_SENDER, "by.role"),
        ({"id": "timer:2:chased"}, Refusal.NOT_BY_THIS_SENDER, "by.role"),
        ({"id": "service:ask-failed:RJ-7Q2K-9F3M.2.trace:vlo"}, Refusal.NOT_BY_THIS_SENDER, "by.role"),
        (
            {
                "event": "ask_failed",
                "data": {"wait": "trace:vlo", "problem": "refused"},
                "by": {"role": "service", "id": "import:samples"},
            },
            Refusal.NOT_BY_THIS_SENDER,
            "event",
        ),
        ({"event": "reassigned", "data": {"to": "a name, a street"}}, Refusal.FREE_TEXT, "data.to"),
        ({"event": "put_on_hold", "data": {"reason": "illness", "until": 0}}, Refusal.UNREADABLE, "data.until"),
        (
            {"event": "meeting_arranged", "data": {"form": "letter", "day": "2027-01-04", "joint_with": ["a b"]}},
            Refusal.FREE_TEXT,
            "data.joint_with",
        ),
        (
            {
                "event": "meeting_arranged",
                "data": {
                    "form": "letter",
                    "day": "2027-01-04",
                    "joint_with": [f"RJ-{number:04}-0000" for number in range(1000)],
                },
            },
            Refusal.UNREADABLE,
            "",
        ),
        ({"by": {"role": "judge"}}, Refusal.UNREADABLE, "by.role"),
        ({"data": {"answer": "perhaps"}}, Refusal.UNREADABLE, "data.answer"),
        ({"data": {"answer": "found", "surplus": 1}}, Refusal.UNREADABLE, "data"),
        ({"event": "meeting_arranged", "data": {"form": "video", "day": "soon"}}, Refusal.UNREADABLE, "data.day"),
        ({"note": "half \ud800"}, Refusal.UNREADABLE, ""),
        ({"id": "nul \x00"}, Refusal.UNREADABLE, ""),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changes: dict[str, object], code: Refusal, field: str) -> None:
    with pytest.raises(InvalidRecord) as unreadable:
        read_record(RECORD | changes)
    assert (unreadable.value.code, unreadable.value.field) == (code, field)


def test_a_text_that_no_database_can_hold_is_refused_in_an_event_too() -> None:
    with pytest.raises(InvalidRecord):
        read_event("follow_up_recorded", {"agreement_kept": "met", "report_to": "nul \x00"})


@pytest.mark.parametrize("wrong", [{"event": "Marked Name"}, {"Marked Name": 1}, {"data": {"Marked Name": 1}}])
def test_what_was_sent_is_not_repeated(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord) as unreadable:
        read_record(RECORD | wrong)
    assert "Marked" not in str(unreadable.value)


@pytest.mark.parametrize(
    ("raw", "known"),
    [
        ({"id": "one", "inbox": 7}, ("one", 7)),
        ({"id": "one"}, ("one", 0)),
        ({"id": "", "inbox": 7}, ("", 7)),
        ({"id": "one", "inbox": 10**30}, ("one", 0)),
        ([], ("", 0)),
    ],
)
def test_of_what_cannot_be_read_the_id_is_kept_where_it_can_be(raw: object, known: tuple[str, int]) -> None:
    with pytest.raises(InvalidRecord) as invalid:
        read_record(raw)
    assert (invalid.value.id, invalid.value.inbox) == known
