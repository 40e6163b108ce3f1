"""A signed message that says nothing usable is refused by field, stores nothing, and is never repeated back."""

from typing import Any

import pytest

from api.problems import Code
from tests.api.sender import EVENT, FOUND, PROBATION, REF, Sender, read_problem
from tests.serving import sign_headers

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_not_said_to_be_json_is_refused(sender: Sender, media_type: str) -> None:
    await read_problem(sender, await sender.send(EVENT, content_type=media_type), Code.NOT_JSON_TYPE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"case": NaN}',
        b"[" * 60_000,
        b'{"case": "\\ud800"}',
        b'{"note": "one\0two"}',
        b"case=RJ-7Q2K-9F3M",
    ],
)
async def test_a_body_that_is_not_a_json_object_is_refused(sender: Sender, body: bytes) -> None:
    await read_problem(sender, await sender.send(body), Code.NOT_JSON)


async def test_a_body_that_is_not_utf_8_cannot_have_been_signed(sender: Sender) -> None:
    answer = await sender.send(b'{"case": "\xff"}', headers=sign_headers(PROBATION.their_keys[-1], "m-1", b""))

    await read_problem(sender, answer, Code.SIGNATURE_WRONG)


@pytest.mark.parametrize("changed", [{"surname": "x"}, {"data": FOUND | {"offender_name": "x"}}])
async def test_an_unknown_field_is_refused_by_name(sender: Sender, changed: dict[str, Any]) -> None:
    detail = await read_problem(sender, await sender.send(EVENT | changed), Code.UNKNOWN_FIELD)

    assert detail.startswith(("surname:", "data.offender_name:"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"event": "trace_answered"}, "case"),
        ({"case": REF}, "event"),
        ({"case": REF, "event": "trace_answered"}, "data.answer"),
    ],
)
async def test_a_missing_field_is_refused_by_name(sender: Sender, body: dict[str, Any], field: str) -> None:
    detail = await read_problem(sender, await sender.send(body), Code.MISSING_FIELD)

    assert detail.startswith(f"{field}:")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"case": "7Q2K"}, "case"),
        ({"case": 7}, "case"),
        ({"event": ["trace_answered"]}, "event"),
        ({"data": "found"}, "data"),
        ({"data": FOUND | {"answer": "perhaps"}}, "data.answer"),
        ({"data": FOUND | {"whereabouts": "at home"}}, "data.whereabouts"),
        ({"event": "offender_answered", "data": {"answer": "needs_time", "until": "31/12/2026"}}, "data.until"),
        ({"note": "x" * 10_001}, "note"),
        ({"note": "one\0two"}, ""),
    ],
)
async def test_a_value_that_cannot_be_read_is_refused_by_field(
    sender: Sender, changed: dict[str, Any], field: str
) -> None:
    detail = await read_problem(sender, await sender.send(EVENT | changed), Code.UNREADABLE)

    assert detail.startswith(field)


async def test_an_unknown_event_is_refused(sender: Sender) -> None:
    await read_problem(sender, await sender.send(EVENT | {"event": "offender_forgiven"}), Code.UNKNOWN_EVENT)


@pytest.mark.parametrize("event", ["request_screened", "request_received", "became_overdue", "review_decided"])
async def test_what_an_agency_may_not_record_is_refused(sender: Sender, event: str) -> None:
    await read_problem(sender, await sender.send({"case": REF, "event": event}), Code.NOT_BY_THIS_SENDER)


@pytest.mark.parametrize(
    "body",
    [
        {"event": "trace_answered", "data": {"answer": "ambiguous", "candidates": "Jo Bloggs, of Mill Lane"}},
        {"event": "trace_answered", "data": FOUND | {"responsible_agency": "his sister, Jo"}},
        {"event": "progress_recorded", "data": {"wait": "spoke to Jo"}},
    ],
)
async def test_free_text_among_the_fields_is_refused_and_not_repeated(sender: Sender, body: dict[str, Any]) -> None:
    detail = await read_problem(sender, await sender.send({"case": REF} | body), Code.FREE_TEXT)

    assert "Jo" not in detail


@pytest.mark.parametrize(
    "body",
    [
        {"case": "Jo Bloggs"},
        {"Jo Bloggs": 1},
        {"event": "Jo Bloggs"},
        {"data": {"Jo Bloggs": 1}},
        {"data": {"answer": "Jo Bloggs"}},
        {"data": FOUND | {"whereabouts": "Jo Bloggs"}},
        {"event": "withdrawn", "data": {"whose": "Jo Bloggs"}},
        {"event": "agency_check_answered", "data": {"answer": "no_objection", "conditions": ["Jo Bloggs"]}},
        {"event": "deadline_noted", "data": {"kind": "parole", "on": "Jo Bloggs"}},
        {"event": "readiness_assessed", "data": {"answer": "ready", "forms": ["Jo Bloggs"]}},
    ],
)
async def test_no_problem_repeats_what_was_sent(sender: Sender, body: dict[str, Any]) -> None:
    answer = await sender.send(EVENT | body)

    assert answer.status_code == 422
    assert "Bloggs" not in answer.text
    assert await sender.messages() == []
