"""What is done once a minute: by one server, and by the next where that one is gone."""

import asyncio
from datetime import date

import asyncpg
import pytest

from adapters.housekeeping import HousekeepingJob
from adapters.postgres.board import LOCK, PostgresBoard
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pruning import prune_bulk_selections, prune_changes, prune_idempotency_keys
from queries.board import BoardQueries
from tests.adapters.batches import create_batch

pytestmark = pytest.mark.postgres

TODAY = date(2026, 3, 31)


async def test_the_board_is_counted_until_the_loop_is_stopped(pool: asyncpg.Pool) -> None:
    await PostgresCaseFile(pool).write(create_batch(1))
    loop = HousekeepingJob(pool, lambda: TODAY)
    running = asyncio.create_task(loop.run())
    async with asyncio.timeout(120):
        while (shown := await BoardQueries(pool).get_board(None)) is None:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.01)
        loop.stop()
        await running
    assert shown.counts.open == 1


async def test_of_two_servers_one_counts_and_the_other_finds_it_done(pool: asyncpg.Pool) -> None:
    one, other = HousekeepingJob(pool, lambda: TODAY), HousekeepingJob(pool, lambda: TODAY)
    assert sorted(await asyncio.gather(one.run_once(), other.run_once())) == [False, True]
    assert not await other.run_once()


async def test_only_one_server_counts_at_a_time(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK)
        assert not await PostgresBoard(pool).refresh(TODAY, older_than=0)
    assert await PostgresBoard(pool).refresh(TODAY, older_than=0)


async def test_changes_are_deleted_up_to_the_newest_that_is_old_enough(pool: asyncpg.Pool) -> None:
    for version in (1, 2, 3):
        await PostgresCaseFile(pool).write(create_batch(version))
    await pool.execute("update changes set written_at = now() - interval '3 hours' where version = 2")

    assert await prune_changes(pool, hours=2) == 2
    assert await prune_changes(pool, hours=2) == 0
    assert await pool.fetchval("select array_agg(version) from changes") == [3]
    first_left = await pool.fetchval("select min(position) from changes")
    assert 0 < await pool.fetchval("select position from changes_pruned") < first_left


async def test_idempotency_keys_are_deleted_after_some_days(pool: asyncpg.Pool) -> None:
    for key, days in (("old", 8), ("new", 6)):
        await pool.execute(
            "insert into idempotency_keys (account, key, fingerprint, started_at) "
            "values ('staff:x', $1, sha256(''), now() - $2 * interval '1 day')",
            key,
            days,
        )

    assert await prune_idempotency_keys(pool, days=7) == 1
    assert await pool.fetchval("select key from idempotency_keys") == "new"


async def test_bulk_selections_are_deleted_after_some_days(pool: asyncpg.Pool) -> None:
    await PostgresCaseFile(pool).write(create_batch(1))
    for id, days in (("old", 9), ("new", 7)):
        await pool.execute(
            "insert into bulk_selections (id, ref, waits, selected_at) "
            "select $1, ref, '{screening}', now() - $2 * interval '1 day' from cases",
            id,
            days,
        )

    assert await HousekeepingJob(pool, lambda: TODAY).run_once()
    assert await pool.fetchval("select array_agg(id) from bulk_selections") == ["new"]
    assert await prune_bulk_selections(pool, days=6) == 1
