"""A server sends messages to victims, accepts receipts, and loses neither where it is killed in between."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.clock import StackClock
from adapters.postgres.pool import open_pool
from devstack.processes import free_port
from devstack.waiting_clock import clock_at, noon_of
from tests.adapters.notifications.notify_api import (
    API_KEY,
    EMAIL_TEMPLATE,
    LETTER_TEMPLATE,
    TEXT_TEMPLATE,
    NotifyApi,
)
from tests.adapters.notifications.victims import VICTIM, get_notification, let_leases_run_out, milestone, write
from tests.serving import serve_app
from tests.test_server import ServerProcess
from tests.token_keys import TOKEN_KEY_TEXT

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parent.parent
TOKEN = "made-up-callback-token"


class HeldNotify(NotifyApi):
    """Takes what it is sent, and answers only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.holding, self.let_go = asyncio.Event(), asyncio.Event()

    async def before_answer(self) -> None:
        self.holding.set()
        await self.let_go.wait()


def by_day(url: str, folder: Path) -> dict[str, str]:
    """Settings by which it is noon for the cases."""
    StackClock(folder / "clock").set(clock_at(noon_of(StackClock().today())))
    return {
        "RJ_NOTIFICATIONS": "notify",
        "RJ_NOTIFICATIONS_CONTACT": "0113 496 0000",
        "RJ_NOTIFY_URL": url,
        "RJ_NOTIFY_API_KEY": API_KEY,
        "RJ_NOTIFY_EMAIL_TEMPLATE": EMAIL_TEMPLATE,
        "RJ_NOTIFY_TEXT_TEMPLATE": TEXT_TEMPLATE,
        "RJ_NOTIFY_LETTER_TEMPLATE": LETTER_TEMPLATE,
        "RJ_NOTIFY_CALLBACK_TOKEN": TOKEN,
        "RJ_CLOCK_FILE": str(folder / "clock"),
    }


@asynccontextmanager
async def server(folder: Path, dsn: str, settings: dict[str, str], name: str) -> AsyncIterator[ServerProcess]:
    """A server of its own process; Temporal is unavailable, and not needed for messages."""
    port, output = free_port(), folder / f"{name}.log"
    environment = {
        **os.environ,
        "RJ_DATABASE_URL": dsn,
        "RJ_TOKEN_KEY": TOKEN_KEY_TEXT,
        "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1",
        "RJ_PORT": str(port),
        **settings,
    }
    with output.open("wb") as log:
        process = subprocess.Popen([sys.executable, str(ROOT / "server.py")], env=environment, stdout=log, stderr=log)
    try:
        yield ServerProcess(process, f"http://127.0.0.1:{port}", output)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        yield pool


async def test_a_server_killed_between_notify_and_the_database_sends_nothing_twice_and_loses_nothing(
    tmp_path: Path, dsn: str, pool: asyncpg.Pool
) -> None:
    await write(pool, 1)
    api = HeldNotify()
    async with serve_app(api.application()) as url:
        async with server(tmp_path, dsn, by_day(url, tmp_path), "first") as first:
            async with asyncio.timeout(120):
                await api.holding.wait()
            first.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(first.process.wait)
        assert (await get_notification(pool))["state"] == "waiting"
        api.let_go.set()
        await let_leases_run_out(pool)
        async with server(tmp_path, dsn, by_day(url, tmp_path), "second") as second:
            await second.until_said("notifications.sent")
            receipt = {"id": api.sent[0]["id"], "reference": milestone(1).key, "status": "permanent-failure"}
            async with httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as http:
                answer = await http.post(f"{second.url}/webhooks/notify/receipts", json=receipt)
            code = await second.stop()

    assert [sending["reference"] for sending in api.sent] == [milestone(1).key]
    assert (answer.status_code, code) == (204, 0)
    row = await get_notification(pool)
    assert (row["state"], row["error"], row["attempts"]) == ("failed", "permanent-failure", 2)
    written = second.output.read_text()
    assert "notifications.started" in second.events()
    assert not [value for value in (*VICTIM.values(), TOKEN, API_KEY) if value in written]


async def test_without_a_way_notices_stay_where_they_are(tmp_path: Path, dsn: str, pool: asyncpg.Pool) -> None:
    await write(pool, 1)
    async with server(tmp_path, dsn, {}, "server") as running:
        await running.until("/readyz", 503)
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}) as http:
            answer = await http.post(f"{running.url}/webhooks/notify/receipts", json={"id": "x"})
        code = await running.stop()

    assert (answer.status_code, code) == (404, 0)
    assert "notifications.started" not in running.events()
    row = await get_notification(pool)
    assert (row["state"], row["attempts"]) == ("waiting", 0)
