"""The demonstration's clock waits for a message to a victim exactly when the server would send it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import asyncpg
import httpx
import pytest
from temporalio.client import Client

from adapters.clock import StackClock
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.pool import open_pool
from devstack.runner import StaffRunner
from devstack.waiting_clock import WaitingClock, clock_at
from domain.victim_notifications import MessageKind
from ports.case_file import Notification
from tests.adapters.batches import create_batch
from tests.adapters.notifications.victims import milestone
from workflows.clock import CaseClock

pytestmark = pytest.mark.postgres

EVENING = datetime(2026, 11, 23, 18, tzinfo=UTC)
NEXT_NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        yield pool


async def write(pool: asyncpg.Pool, *messages: Notification) -> None:
    """A case with these messages, which have been due for a minute by real time."""
    await PostgresCaseFile(pool).write(replace(create_batch(1), notifications=messages))
    await pool.execute("update notifications set next_try_at = now() - interval '1 minute'")


async def waits_for_at(pool: asyncpg.Pool, folder: Path, moment: datetime, delay: timedelta) -> str:
    """What the day waits for, when the cases' clock shows `moment` and nothing else is left to do."""
    clock = StackClock(folder / "clock")
    clock.set(clock_at(moment))

    async def set_no_case(ref: str, clock: CaseClock) -> NoReturn:
        raise AssertionError(f"{ref} has no clock here")

    idle = httpx.MockTransport(lambda _: httpx.Response(200, json={}))
    async with httpx.AsyncClient(base_url="http://agencies.example", transport=idle) as agencies:
        client = await Client.connect("127.0.0.1:1", lazy=True)
        runner = StaffRunner(pool, client, WaitingClock(clock, set_no_case), agencies, {}, delay)
        await runner.step()
        return runner.waits_for


@pytest.mark.parametrize("minutes", [0, 30, 120, 121, 1079, 1080, 1081, 1440])
async def test_no_day_waits_for_a_message_that_is_sent_later_by_the_clock_of_the_cases(
    pool: asyncpg.Pool, tmp_path: Path, minutes: int
) -> None:
    delay = timedelta(minutes=minutes)
    await write(pool, Notification(milestone(1), EVENING))

    assert await waits_for_at(pool, tmp_path, EVENING, delay) == ""
    waits_for = await waits_for_at(pool, tmp_path, NEXT_NOON, delay)
    is_sent = bool(await PostgresOutbox(pool).lease(1, 120.0, NEXT_NOON, delay))

    assert is_sent == (EVENING + delay <= NEXT_NOON)
    assert waits_for == ("notifications" if is_sent else "")


async def test_a_day_waits_for_the_message_of_a_cancelled_day(pool: asyncpg.Pool, tmp_path: Path) -> None:
    cancelled = replace(milestone(1), message=MessageKind.DAY_CANCELLED, day=NEXT_NOON.date())
    await write(pool, Notification(cancelled, EVENING))

    assert await waits_for_at(pool, tmp_path, EVENING + timedelta(minutes=119), timedelta()) == ""
    assert await waits_for_at(pool, tmp_path, EVENING + timedelta(minutes=120), timedelta()) == "notifications"


async def test_no_day_waits_for_a_message_behind_one_that_is_tried_later(pool: asyncpg.Pool, tmp_path: Path) -> None:
    first, second = milestone(1), milestone(2)
    await write(pool, Notification(first, EVENING), Notification(second, EVENING + timedelta(minutes=1)))
    await pool.execute("update notifications set next_try_at = now() + interval '1 year' where key = $1", first.key)

    assert await waits_for_at(pool, tmp_path, NEXT_NOON, timedelta()) == ""
