"""Whoever follows what happens to cases shares one reader, whenever they began."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from adapters.postgres.casefile import PostgresCaseFile
from adapters.postgres.pool import AWAY, open_pool
from casework.following import Follower
from readmodel.changes import Followed
from tests.adapters.pages import page

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        yield pool


async def test_those_who_begin_at_once_see_each_change_once(pool: asyncpg.Pool) -> None:
    follower = Follower(lambda: pool, AWAY, seconds=0.01)
    async with AsyncExitStack() as following:
        await asyncio.gather(*(following.enter_async_context(follower.following()) for _ in range(8)))
        begun = follower.head
        await PostgresCaseFile(pool).write(page(1))
        await follower.wait(begun, 10)
        found = await follower.after(begun, None)
    assert isinstance(found, Followed)
    assert [each.version for each in found.changes] == [1]


async def test_nothing_is_read_any_more_when_the_last_has_gone(pool: asyncpg.Pool) -> None:
    follower = Follower(lambda: pool, AWAY, seconds=0.01)
    before = asyncio.all_tasks()
    async with AsyncExitStack() as following:
        await asyncio.gather(*(following.enter_async_context(follower.following()) for _ in range(8)))
        readers = asyncio.all_tasks() - before
    await asyncio.wait(readers, timeout=5)
    assert [reader for reader in readers if not reader.done()] == []
