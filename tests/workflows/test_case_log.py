"""What is to be written stays in the log until it is written, and goes along from one run to the next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.effects import NotifyVictim
from domain.vocabulary import CaseRef
from ports.case_file import WriteBatch
from tests.fakes import REQUEST
from workflows.case_log import CarryOver, CaseLog
from workflows.record_codec import read_record

REF = CaseRef("RJ-7Q2K-9F3M")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)

_CARRIED = TypeAdapter(CarryOver)


def apply(log: CaseLog, event: str, now: datetime = NOW, **data: Any) -> None:
    by = {"role": "caseworker", "id": "c.okafor"}
    log.apply(read_record({"id": f"{event}-{now}".replace(" ", "T"), "event": event, "data": data, "by": by}), now)


@pytest.fixture
def log() -> CaseLog:
    """The log of a case just begun, with nothing written."""
    log = CaseLog(REF)
    apply(log, "request_received", NOW, **REQUEST)
    return log


def messages(batch: WriteBatch) -> list[tuple[str, datetime]]:
    """The messages to the victim that `batch` carries, each with its time."""
    effects = ((notice.effect, notice.at) for notice in batch.notifications)
    return [(effect.message, at) for effect, at in effects if isinstance(effect, NotifyVictim)]


def test_a_notice_is_of_the_time_of_its_entry_whenever_it_is_written(log: CaseLog) -> None:
    apply(log, "withdrawn", LATER, whose="victim")
    batch = log.pending_batch()
    assert batch is not None
    assert messages(batch) == [("acknowledged", NOW), ("ended", LATER)]


def test_what_comes_in_during_a_write_is_all_of_the_next_page(log: CaseLog) -> None:
    first = log.pending_batch()
    apply(log, "progress_recorded", LATER)
    apply(log, "meeting_held", LATER, form="letter", result="completed")
    apply(log, "withdrawn", LATER, whose="victim")
    assert first is not None
    log.mark_written(first)
    second = log.pending_batch()
    assert second is not None
    assert [entry.event for entry in second.entries] == ["progress_recorded", "withdrawn"]
    assert [refused.event for refused in second.refused] == ["meeting_held"]
    assert messages(second) == [("ended", LATER)]
    log.mark_written(second)
    assert log.pending_batch() is None


def test_the_next_run_owes_the_same_page(log: CaseLog) -> None:
    apply(log, "progress_recorded", LATER)
    carried = _CARRIED.validate_json(_CARRIED.dump_json(log.to_carry_over()))
    assert CaseLog.from_carry_over(REF, carried).pending_batch() == log.pending_batch()
