"""What is to be written stays in the books until it is written, and goes along from one run to the next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.vocabulary import CaseRef
from tests.fakes import REQUEST
from workflows.ledger import CarryOver, CaseLog, ledger_of
from workflows.messages import read_record

REF = CaseRef("RJ-7Q2K-9F3M")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)

_CARRIED = TypeAdapter(CarryOver)


def take(books: CaseLog, event: str, now: datetime = NOW, **data: Any) -> None:
    by = {"role": "caseworker", "id": "c.okafor"}
    books.take(read_record({"id": f"{event}-{now}".replace(" ", "T"), "event": event, "data": data, "by": by}), now)


@pytest.fixture
def books() -> CaseLog:
    """The books of a case just begun, with nothing written."""
    books = CaseLog(REF)
    take(books, "request_received", NOW, **REQUEST)
    return books


def test_a_notice_is_of_the_time_of_its_entry_whenever_it_is_written(books: CaseLog) -> None:
    take(books, "withdrawn", LATER, whose="victim")
    page = books.page()
    assert page is not None
    assert [(notice.tell.message, notice.at) for notice in page.notices] == [("acknowledged", NOW), ("ended", LATER)]


def test_what_comes_in_during_a_write_is_all_of_the_next_page(books: CaseLog) -> None:
    first = books.page()
    take(books, "progress_recorded", LATER)
    take(books, "meeting_held", LATER, form="letter", result="completed")
    take(books, "withdrawn", LATER, whose="victim")
    assert first is not None
    books.written(first)
    second = books.page()
    assert second is not None
    assert [entry.event for entry in second.entries] == ["progress_recorded", "withdrawn"]
    assert [refused.event for refused in second.refused] == ["meeting_held"]
    assert [notice.tell.message for notice in second.notices] == ["ended"]
    books.written(second)
    assert books.page() is None


def test_the_next_run_owes_the_same_page(books: CaseLog) -> None:
    take(books, "progress_recorded", LATER)
    carried = _CARRIED.validate_json(_CARRIED.dump_json(books.carried()))
    assert ledger_of(REF, carried).page() == books.page()
