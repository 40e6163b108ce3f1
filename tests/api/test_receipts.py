"""The webhook endpoint of GOV.UK Notify: receipts and returned letters, in any order, as often as they come."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import httpx
import pytest

from adapters.postgres.receipts import PostgresReceipts
from api.app import create_app
from api.dependencies import Dependencies
from api.problems import Code
from api.request_body import MAX_JSON_BYTES
from ports.receipts import DeliveryReceipt
from tests.adapters.notifications.database import shared_database
from tests.adapters.notifications.victims import get_notification, milestone, write
from tests.connections import dependencies_on
from tests.serving import serve_app

pytestmark = pytest.mark.postgres

TOKEN = "made-up-callback-token"
KEY = milestone(1).key
ADDRESS = "/webhooks/notify/receipts"
RECEIPT = {
    "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
    "reference": KEY,
    "to": "marked.ashworth@mail.example",
    "status": "delivered",
    "created_at": "2026-06-04T12:15:30.000000Z",
    "completed_at": "2026-06-04T12:15:31.000000Z",
    "sent_at": None,
    "notification_type": "email",
    "template_id": "9d751e0e-f929-4891-82a1-a3e1c3c18ee3",
    "template_version": 1,
}
RETURNED = {
    "notification_id": "740e5834-3a29-46b4-9a6f-16142fde533a",
    "reference": KEY,
    "date_sent": "2026-06-04T12:15:30.000000Z",
    "sent_by": "API",
    "template_name": "Notice",
    "template_id": "64415853-cb86-4cc4-b597-2aaa94ef8c39",
    "template_version": 1,
    "spreadsheet_file_name": None,
    "spreadsheet_row_number": None,
    "upload_letter_file_name": None,
}


@dataclass
class ReceiptSink:
    """Where receipts go, on the real store or away."""

    pool: asyncpg.Pool
    away: bool = False
    taken: list[tuple[str, str, DeliveryReceipt]] = field(default_factory=list)

    async def record(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        if self.away:
            raise ConnectionRefusedError
        self.taken.append((reference, provider_id, receipt))
        return await PostgresReceipts(self.pool).record(reference, provider_id, receipt)


@dataclass
class Notify:
    """Posts as Notify does."""

    http: httpx.AsyncClient
    sink: ReceiptSink

    async def post(self, body: object, token: str | None = TOKEN) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        if isinstance(body, bytes):
            return await self.http.post(ADDRESS, content=body, headers={**headers, "content-type": "application/json"})
        return await self.http.post(ADDRESS, json=body, headers=headers)

    async def state(self) -> tuple[str, str]:
        row = await get_notification(self.sink.pool)
        return row["state"], row["error"]


@pytest.fixture(scope="module")
async def _pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with shared_database(postgres_dsn) as (_, pool):
        yield pool


async def create_dependencies_with(pool: asyncpg.Pool, sink: ReceiptSink, token: str) -> Dependencies:
    return replace(await dependencies_on(pool), receipts=sink, receipts_token=token)


@pytest.fixture(scope="module")
async def _notify(_pool: asyncpg.Pool) -> AsyncIterator[Notify]:
    await write(_pool, 1, details=None)
    sink = ReceiptSink(_pool)
    async with (
        serve_app(create_app(await create_dependencies_with(_pool, sink, TOKEN))) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        yield Notify(http, sink)


@pytest.fixture
async def notify(_notify: Notify) -> Notify:
    """The sender, and a message that Notify accepted."""
    _notify.sink.away = False
    _notify.sink.taken.clear()
    await _notify.sink.pool.execute(
        """
        update notifications set state = 'sent', reference = key, sendings = 1, error = '', sent_at = now(),
            needs_new_reference = false, delivered_at = null, task_since = null, failing_since = null
        """
    )
    return _notify


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({**RECEIPT, "status": "delivered"}, ("delivered", "")),
        ({**RECEIPT, "status": "permanent-failure"}, ("failed", "permanent-failure")),
        ({**RECEIPT, "status": "temporary-failure"}, ("waiting", "temporary-failure")),
        ({**RECEIPT, "status": "technical-failure"}, ("waiting", "technical-failure")),
        (RETURNED, ("failed", "returned")),
    ],
)
async def test_what_notify_says_is_put_to_its_message_and_counts_once_in_five_repeats(
    notify: Notify, said: dict[str, Any], state: tuple[str, str]
) -> None:
    for _ in range(6):
        answer = await notify.post(said)
        assert (answer.status_code, answer.content) == (204, b"")
        assert await notify.state() == state


async def test_a_letter_that_comes_back_weeks_after_it_was_delivered_is_a_task(notify: Notify) -> None:
    await notify.post(RECEIPT)
    await notify.post(RETURNED)
    await notify.post(RECEIPT)

    assert await notify.state() == ("failed", "returned")


@pytest.mark.parametrize(
    "said",
    [
        {**RECEIPT, "reference": "another-system-s-own"},
        {**RECEIPT, "reference": None},
        {**RECEIPT, "status": "received"},
        {**RECEIPT, "status": "returned"},
        {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"},
    ],
)
async def test_what_is_about_nothing_of_ours_is_taken_since_no_repeat_would_help(
    notify: Notify, said: dict[str, Any]
) -> None:
    assert (await notify.post(said)).status_code == 204
    assert await notify.state() == ("sent", "")


@pytest.mark.parametrize("token", [None, "made-up-callback-toke", f"{TOKEN}x", "\u00e9"])
async def test_a_caller_without_the_token_is_not_heard(notify: Notify, token: str | None) -> None:
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    answer = await notify.http.post(ADDRESS, json=RECEIPT, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, Code.NOT_AUTHENTICATED)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert notify.sink.taken == []
    assert TOKEN not in answer.text


async def test_without_a_token_in_the_settings_there_is_no_such_endpoint(notify: Notify) -> None:
    application = create_app(await create_dependencies_with(notify.sink.pool, notify.sink, ""))
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://casework.example") as http:
        for token in ("", TOKEN):
            answer = await http.post(ADDRESS, json=RECEIPT, headers={"authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (404, Code.NOT_FOUND)
    assert notify.sink.taken == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"x" * (MAX_JSON_BYTES + 1), 413, Code.BODY_TOO_LARGE),
        (b"{", 400, Code.NOT_JSON),
        (b"[]", 400, Code.NOT_JSON),
        (b"{}", 422, Code.UNREADABLE),
        (b'{"id": 7, "reference": "x", "status": "delivered"}', 422, Code.UNREADABLE),
        (b'{"id": "7", "reference": {"x": 1}, "status": "delivered"}', 422, Code.UNREADABLE),
        (b'{"id": "7", "reference": "\\u0000", "status": "delivered"}', 422, Code.UNREADABLE),
        (b'{"id": "7", "reference": "%s", "status": "delivered"}' % (b"x" * 201), 422, Code.UNREADABLE),
    ],
)
async def test_what_cannot_be_read_is_refused_before_it_is_looked_at(
    notify: Notify, body: bytes, status: int, code: Code
) -> None:
    answer = await notify.post(body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert notify.sink.taken == []


async def test_a_body_is_not_read_for_who_shows_no_token(notify: Notify) -> None:
    answer = await notify.post(b"x" * (MAX_JSON_BYTES + 1), token="another")

    assert answer.status_code == 401


async def test_a_store_that_is_unavailable_has_notify_post_again(notify: Notify) -> None:
    notify.sink.away = True
    answer = await notify.post(RECEIPT)
    assert (answer.status_code, answer.json()["code"]) == (503, Code.DATABASE_UNAVAILABLE)

    notify.sink.away = False
    assert (await notify.post(RECEIPT)).status_code == 204
    assert await notify.state() == ("delivered", "")


async def test_the_victims_address_in_a_receipt_is_neither_kept_nor_logged(
    notify: Notify, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await notify.post(RECEIPT)
    await notify.post({**RECEIPT, "id": 7})

    logged = f"{caplog.text} {[vars(record) for record in caplog.records]}"
    assert "receipt.stored" in logged
    assert str(RECEIPT["to"]) not in logged
    kept = await notify.sink.pool.fetch("select * from notifications")
    assert str(RECEIPT["to"]) not in str(kept)
