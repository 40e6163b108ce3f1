"""All who follow what happens to cases share one reader, whenever they began."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import UNAVAILABLE_ERRORS, open_pool
from application.change_feed import ChangeFeed
from domain.vocabulary import CaseRef
from queries.changes import ChangeBatch, ChangeQueries, PositionExpired
from tests.adapters.batches import create_batch

pytestmark = pytest.mark.postgres

REFS = [CaseRef(f"RJ-{letter * 4}-2222") for letter in "ABCDEF"]


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(dsn) as pool:
        yield pool


async def test_subscribers_at_the_same_time_get_each_change_once(pool: asyncpg.Pool) -> None:
    feed = ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=0.01)
    async with AsyncExitStack() as subscriptions:
        await asyncio.gather(*(subscriptions.enter_async_context(feed.subscribe()) for _ in range(8)))
        begun = feed.head
        await PostgresCaseFile(pool).write(create_batch(1))
        await feed.wait_for_change(begun, 10)
        found = await feed.read_after(begun, None)
    assert isinstance(found, ChangeBatch)
    assert [change.version for change in found.changes] == [1]


@pytest.mark.parametrize("from_memory", [True, False])
async def test_a_subscriber_to_some_areas_gets_their_changes_and_no_others(
    pool: asyncpg.Pool, from_memory: bool
) -> None:
    file, feed = PostgresCaseFile(pool), ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=0.01)
    before = await ChangeQueries(pool).get_head()
    async with feed.subscribe() if from_memory else AsyncExitStack():
        for number, ref in enumerate(REFS):
            await file.write(create_batch(1, ref=ref, area=f"area-{number % 2}"))
        async with feed.subscribe():
            await feed.wait_for_change(await ChangeQueries(pool).get_head() - 1, 10)
            found = await feed.read_after(before, frozenset({"area-1"}))
            nothing = await feed.read_after(before, frozenset())
    assert isinstance(found, ChangeBatch)
    assert [(change.ref, change.area) for change in found.changes] == [(ref, "area-1") for ref in REFS[1::2]]
    assert isinstance(nothing, ChangeBatch)
    assert nothing.changes == ()


async def test_a_subscriber_that_catches_up_meanwhile_gets_each_change_once(pool: asyncpg.Pool) -> None:
    file, feed = PostgresCaseFile(pool), ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=0.3)
    position = await ChangeQueries(pool).get_head()
    await file.write(create_batch(1, ref=REFS[0]))
    got: list[str] = []
    async with feed.subscribe():
        # The reader has looked, and looks again in a while.
        await asyncio.sleep(0.1)
        await file.write(create_batch(1, ref=REFS[1]))
        while len(got) < 2 or feed.head < await ChangeQueries(pool).get_head():
            found = await feed.read_after(position, None)
            assert isinstance(found, ChangeBatch)
            got, position = [*got, *(change.ref for change in found.changes)], found.position
            await asyncio.sleep(0.01)
    assert got == REFS[:2]


async def test_a_subscriber_from_a_server_that_is_ahead_continues_from_there(pool: asyncpg.Pool) -> None:
    file, behind = PostgresCaseFile(pool), ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=1)
    async with behind.subscribe():
        # The reader has looked, and looks again in a while.
        await asyncio.sleep(0.1)
        await file.write(create_batch(1))
        seen = await ChangeQueries(pool).get_head()
        assert (behind.head < seen, await behind.read_after(seen, None)) == (True, ChangeBatch((), seen))
        await file.write(create_batch(2))
        await behind.wait_for_change(seen, 10)
        found = await behind.read_after(seen, None)
    assert isinstance(found, ChangeBatch)
    assert [change.version for change in found.changes] == [2]


async def test_an_unknown_position_is_expired(pool: asyncpg.Pool) -> None:
    feed = ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=0.01)
    async with feed.subscribe():
        found = await feed.read_after(feed.head + 1_000_000, None)
    assert isinstance(found, PositionExpired)


async def test_nothing_is_read_after_the_last_subscriber_has_left(pool: asyncpg.Pool) -> None:
    feed = ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS, seconds=0.01)
    before = asyncio.all_tasks()
    async with AsyncExitStack() as subscriptions:
        await asyncio.gather(*(subscriptions.enter_async_context(feed.subscribe()) for _ in range(8)))
        readers = asyncio.all_tasks() - before
    await asyncio.wait(readers, timeout=120)
    assert [reader for reader in readers if not reader.done()] == []
