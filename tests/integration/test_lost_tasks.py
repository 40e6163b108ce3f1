"""A worker may be killed after it wrote and before Temporal knows of it; meanwhile other records come in."""

import asyncio
import random
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from signal import SIGKILL
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client, WorkflowHandle

from adapters.housekeeping import HousekeepingJob
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from devstack.embedded import TemporalServer
from devstack.services import ROOT
from domain.references import new_ref
from queries.case_history import CaseHistory
from queries.verify import ChainVerifier
from tests.fakes import REQUEST
from tests.integration.doomed_worker import worker_on
from workflows.clock import CaseClock
from workflows.names import CASE_WORKFLOW, RECORD
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

DAY_SECONDS = 0.2
"""So that an agency is reminded after some three seconds."""


@dataclass
class DoomedCase:
    """A case on real servers, and no worker yet."""

    dsn: str
    address: str
    pool: asyncpg.Pool
    client: Client
    task_queue: str
    case: WorkflowHandle[Any, Any]

    async def run_until_killed(self, event: str) -> int:
        """Run a worker until it is killed where it has just written the entry of `event`; its exit code."""
        arguments = ["-m", "tests.integration.doomed_worker", self.dsn, self.address, self.task_queue, event]
        worker = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
        return await worker.wait()

    async def signal(self, event: str, by: dict[str, Any], **data: Any) -> None:
        await self.case.signal(RECORD, {"id": event, "event": event, "data": data, "by": by})

    async def attempts(self) -> list[tuple[str, str, str]]:
        """Each attempt to ask: its outcome, the agency and its address."""
        sent = await CaseHistory(self.pool).list_asks(str(self.case.id))
        return [
            (attempt.outcome, attempt.agency, attempt.address)
            for ask in sent
            if ask.kind == "ask"
            for attempt in ask.attempts
        ]

    async def entries(self) -> list[str]:
        rows = await self.pool.fetch("select id from entries where ref = $1 order by version", self.case.id)
        return [row["id"] for row in rows]


@pytest.fixture
async def scene(dsn: str, temporal: TemporalServer) -> AsyncIterator[DoomedCase]:
    client = await Client.connect(temporal.address, plugins=[SHARED])
    ref, task_queue, now = new_ref(random.SystemRandom()), f"doomed-{uuid.uuid4().hex}", datetime.now(UTC).timestamp()
    request = {"id": "request", "event": "request_received", "data": REQUEST, "by": {"role": "victim"}}
    start = CaseStart(ref, request, CaseClock(now, now, DAY_SECONDS))
    async with await open_pool(dsn) as pool:
        case = await client.start_workflow(CASE_WORKFLOW, start, id=ref, task_queue=task_queue)
        yield DoomedCase(dsn, temporal.address, pool, client, task_queue, case)
        await case.terminate()


async def test_what_a_killed_worker_has_written_is_what_happened_whatever_comes_in_before_the_next(
    scene: DoomedCase,
) -> None:
    await scene.signal("request_screened", {"role": "caseworker", "id": "c.okafor"}, answer="proceed")
    assert await scene.run_until_killed("chased") == -SIGKILL
    written = await scene.entries()
    agency = {"role": "agency", "id": "avonside-vlo", "kind": "vlo", "area": "avonside"}
    await scene.signal("trace_answered", agency, answer="found", whereabouts="custody", responsible_agency="prison")
    async with worker_on(scene.client, scene.task_queue, PostgresCaseFile(scene.pool)):
        while "trace_answered" not in await scene.entries():  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.05)
        status = await scene.case.query("status")
    assert status["sequence_conflict"] == ""
    assert (await scene.entries())[: len(written)] == written
    assert written[-1].startswith("timer:")
    assert await ChainVerifier(scene.pool).verify_chain(scene.case.id) == ()


VLO = ("avonside-vlo", "http://127.0.0.1:9/asks")
CASEWORKER = {"role": "caseworker", "id": "c.okafor"}


async def test_what_a_killed_worker_was_sending_can_be_read(scene: DoomedCase) -> None:
    await scene.signal("request_screened", CASEWORKER, answer="proceed")
    assert await scene.run_until_killed("ask") == -SIGKILL
    assert await scene.attempts() == [("sending", *VLO)]

    await scene.pool.execute("update ask_attempts set at = at - interval '2 minutes'")
    assert await HousekeepingJob(scene.pool, lambda: date(2026, 3, 2)).run_once()
    assert await scene.attempts() == [("unknown", *VLO)]


@pytest.mark.long
async def test_what_a_killed_worker_was_sending_is_sent_again_and_both_attempts_can_be_read(scene: DoomedCase) -> None:
    await scene.signal("request_screened", CASEWORKER, answer="proceed")
    assert await scene.run_until_killed("ask") == -SIGKILL
    file, asks = PostgresCaseFile(scene.pool), PostgresAsks(scene.pool)
    # The engine gives an attempt half a minute.
    async with worker_on(scene.client, scene.task_queue, file, asks):
        while (attempts := await scene.attempts())[1:2] != [("delivered", *VLO)]:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.2)
    assert attempts[0] == ("unknown", *VLO)
