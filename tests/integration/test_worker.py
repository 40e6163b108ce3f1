"""The worker as it is in service: what it does for one case does not wait for another."""

import asyncio
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from temporalio.client import Client

from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from devstack.directory import new_keys, sample_agencies
from devstack.embedded import TemporalServer
from domain.effects import Ask
from domain.references import new_ref
from ports.agencies import Agency
from tests.fakes import REQUEST, MemoryChannel
from worker import build_worker
from workflows.names import CASE_WORKFLOW, RECORD
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

SCREENED = {
    "id": "screened",
    "event": "request_screened",
    "data": {"answer": "proceed"},
    "by": {"role": "caseworker", "id": "c.okafor"},
}
MANY = 120


@dataclass
class NobodyAnswers(MemoryChannel):
    """Agencies that take the connection and say nothing, until the end of the test."""

    waiting: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, agency: Agency, ask: Ask) -> None:
        self.waiting += 1
        try:
            await self.over.wait()
        finally:
            self.waiting -= 1


async def test_agencies_that_do_not_answer_keep_no_other_case_from_being_written(
    dsn: str, temporal: TemporalServer
) -> None:
    client, channel = await Client.connect(temporal.address, plugins=[SHARED]), NobodyAnswers()
    task_queue = f"worker-{uuid.uuid4().hex}"

    async def start_screened() -> str:
        ref = new_ref(random.SystemRandom())
        request: dict[str, Any] = {
            "id": "request",
            "event": "request_received",
            "data": {**REQUEST, "area": "eastmoor"},
            "by": {"role": "victim"},
        }
        case = await client.start_workflow(CASE_WORKFLOW, CaseStart(ref, request), id=ref, task_queue=task_queue)
        await case.signal(RECORD, SCREENED)
        return ref

    async with await open_pool(dsn) as pool:
        for agency in sample_agencies("http://127.0.0.1:9", new_keys()):
            await PostgresDirectory(pool).save(agency)
        async with build_worker(client, pool, channel, task_queue):
            await asyncio.gather(*(start_screened() for _ in range(MANY)))
            while channel.waiting < MANY:  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.05)
            ref = await start_screened()
            while await pool.fetchval("select version from cases where ref = $1", ref) != 2:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.05)
            channel.over.set()
