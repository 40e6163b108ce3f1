"""The changes that readers follow: in an order in which nothing can come in before what was read."""

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from queries.changes import ChangeBatch, ChangeQueries, PositionExpired
from tests.adapters.batches import OTHER_REF, REF, create_batch

pytestmark = pytest.mark.postgres


async def _after(pool: asyncpg.Pool, position: int, areas: list[str] | None = None, limit: int = 10) -> ChangeBatch:
    followed = await ChangeQueries(pool).read_after(position, areas=areas, limit=limit)
    assert isinstance(followed, ChangeBatch)
    return followed


async def test_what_is_written_is_followed_in_order_from_any_place(pool: asyncpg.Pool) -> None:
    start = await ChangeQueries(pool).get_head()
    file = PostgresCaseFile(pool)
    await file.write(create_batch(1))
    await file.write(create_batch(1, ref=OTHER_REF, area="westhaven"))
    await file.write(create_batch(2, step="tracing"))

    first = await _after(pool, start, limit=2)
    assert [(change.ref, change.version) for change in first.changes] == [(REF, 1), (OTHER_REF, 1)]
    rest = await _after(pool, first.position)
    assert [(change.ref, change.version, change.step) for change in rest.changes] == [(REF, 2, "tracing")]
    assert (await _after(pool, rest.position)).changes == ()


async def test_changes_of_one_transaction_come_together_however_few_are_wanted(pool: asyncpg.Pool) -> None:
    start = await ChangeQueries(pool).get_head()
    await PostgresCaseFile(pool).write_group([create_batch(1), create_batch(1, ref=OTHER_REF)])
    await PostgresCaseFile(pool).write(create_batch(2))

    first = await _after(pool, start, limit=1)
    assert [(change.ref, change.version) for change in first.changes] == [(OTHER_REF, 1), (REF, 1)]
    assert [(change.ref, change.version) for change in (await _after(pool, first.position)).changes] == [(REF, 2)]


async def test_a_reader_sees_the_changes_of_their_areas_and_goes_on_past_the_others(pool: asyncpg.Pool) -> None:
    start = await ChangeQueries(pool).get_head()
    await PostgresCaseFile(pool).write(create_batch(1))

    seen = await _after(pool, start, ["westhaven"])
    assert seen.changes == ()
    assert seen.position > start


async def test_what_is_committed_waits_for_what_began_before_it(pool: asyncpg.Pool) -> None:
    start = await ChangeQueries(pool).get_head()
    async with pool.acquire() as slow:
        begun = slow.transaction()
        await begun.start()
        await slow.execute(
            "insert into changes (ref, version, area, event, stage, step, at) "
            "values ('RJ-SLOW', 1, 'eastshire', 'x', 'requested', 'screening', now())"
        )
        await PostgresCaseFile(pool).write(create_batch(1))

        waiting = await _after(pool, start)
        assert waiting.changes == ()
        await begun.commit()

    assert [change.ref for change in (await _after(pool, waiting.position)).changes] == ["RJ-SLOW", REF]


async def test_a_place_whose_changes_are_gone_or_that_is_of_another_database_is_too_old(pool: asyncpg.Pool) -> None:
    start = await ChangeQueries(pool).get_head()
    await PostgresCaseFile(pool).write(create_batch(1))
    await pool.execute("update changes_pruned set position = $1", await ChangeQueries(pool).get_head())

    head = await ChangeQueries(pool).get_head()
    assert await ChangeQueries(pool).read_after(start, areas=None, limit=10) == PositionExpired(head)
    beyond = await ChangeQueries(pool).read_after(head + 1000, areas=None, limit=10)
    assert isinstance(beyond, PositionExpired)
