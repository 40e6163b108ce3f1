"""Temporal is stopped while staff work, and comes back: they are told to come back too, and nothing counts twice."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from api.problems import Code
from devstack.embedded import TemporalServer, attribute_types, temporal_server
from devstack.processes import free_port
from tests.api.cases.conftest import StaffClient, problem, staff_client
from workflows.names import SEARCH_ATTRIBUTES

pytestmark = [pytest.mark.long, pytest.mark.postgres]


class Stoppable:
    """A Temporal server that keeps its data, and is started again where it was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._running = AsyncExitStack()

    async def start(self) -> TemporalServer:
        attributes = attribute_types(SEARCH_ATTRIBUTES)
        server = temporal_server(self._folder, ui=False, search_attributes=attributes, port=self._port)
        return await self._running.enter_async_context(server)

    async def stop(self) -> None:
        await self._running.aclose()


@pytest.fixture
async def temporal(tmp_path: Path) -> AsyncIterator[Stoppable]:
    stoppable = Stoppable(tmp_path)
    yield stoppable
    await stoppable.stop()


async def count_entries(staff: StaffClient, ref: str) -> int:
    query = "select count(*) from entries where ref = $1 and event = 'progress_recorded'"
    count: int = await staff.pool.fetchval(query, ref)
    return count


async def test_what_is_sent_while_temporal_is_stopped_is_sent_again_and_counts_once(
    dsn: str, temporal: Stoppable
) -> None:
    pool: asyncpg.Pool = await open_pool(dsn)
    async with pool, staff_client(pool, await temporal.start()) as staff:
        ref = await staff.open_case()
        await temporal.stop()
        away = await staff.record(ref, "progress_recorded", key="monday")
        assert "with the same Idempotency-Key" in problem(away, Code.TEMPORAL_UNAVAILABLE)["detail"]
        assert int(away.headers["retry-after"]) > 0

        await temporal.start()
        again = await staff.record(ref, "progress_recorded", key="monday")
        assert (again.status_code, await count_entries(staff, ref)) == (200, 1)
        assert (await staff.record(ref, "progress_recorded", key="monday")).json() == again.json()
        assert await count_entries(staff, ref) == 1
