"""A case whose workflow cannot go on is restarted from its case file, and what it was sent is not lost."""

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.temporal.cases import TemporalCases
from adapters.temporal.client import SHARED
from adapters.temporal.restart import TemporalRestarts
from adapters.temporal.workflow_queries import TemporalWorkflowQueries
from application.comparison import StabilityCheck, find_confirmed_difference
from application.restart import CannotRestart, restart_from_case_file
from devstack.embedded import TemporalServer
from domain.events import Actor, ProgressRecorded, Record, RequestScreened
from domain.references import new_ref
from domain.vocabulary import CaseRef, Role
from ports.case_file import WriteBatch
from ports.workflow_queries import WorkflowState
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from tests.case_workers import create_case_worker
from tests.fakes import REQUEST, MemoryChannel
from workflows.clock import REAL_TIME
from workflows.names import CASE_WORKFLOW, RECORD
from workflows.record_codec import write_record
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

CASEWORKER = Actor(Role.CASEWORKER, "c.okafor")
OPENING = {
    "id": "opening",
    "event": "request_received",
    "data": {**REQUEST, "contact": "none"},
    "by": {"role": "victim"},
}


@dataclass
class Service:
    """A case that has been screened, with the real case file and a real worker."""

    pool: asyncpg.Pool
    client: Client
    task_queue: str
    channel: MemoryChannel
    ref: CaseRef

    async def signal(self, id: str) -> None:
        record = write_record(Record(id, ProgressRecorded(), CASEWORKER))
        await self.client.get_workflow_handle(self.ref).signal(RECORD, record)

    async def until(self, version: int, *, is_in_conflict: bool = False) -> WorkflowState:
        """The state of the workflow, once it has reached `version` and has written it, or cannot."""
        queries = TemporalWorkflowQueries(self.client, self.task_queue)
        async with asyncio.timeout(120):
            while True:
                state = await queries.get_state(self.ref)
                if (
                    state is not None
                    and state.case is not None
                    and state.case.version == version
                    and bool(state.sequence_conflict) is is_in_conflict
                    and bool(state.unwritten) is is_in_conflict
                ):
                    return state
                await asyncio.sleep(0.05)

    async def restart(self) -> int:
        restarts = TemporalRestarts(self.client, self.task_queue)
        requeue = PostgresInbox(self.pool).requeue
        return await restart_from_case_file(
            self.ref, CaseHistory(self.pool), restarts.list_sent, restarts.start_again, requeue, REAL_TIME
        )

    async def ids(self) -> list[str]:
        return [entry.id for entry in await CaseHistory(self.pool).list_entries(self.ref)]

    async def assert_agreement(self) -> None:
        queries, stability = TemporalWorkflowQueries(self.client, self.task_queue), StabilityCheck(settles=1)
        cases = CaseQueries(self.pool)
        assert await find_confirmed_difference(self.ref, cases.get_case, queries.get_state, stability) is None


@pytest.fixture
async def service(dsn: str, temporal: TemporalServer) -> AsyncIterator[Service]:
    client, task_queue = await Client.connect(temporal.address, plugins=[SHARED]), f"restart-{uuid.uuid4().hex}"
    async with await open_pool(dsn) as pool:
        channel = MemoryChannel()
        service = Service(pool, client, task_queue, channel, new_ref(random.SystemRandom()))
        async with create_case_worker(client, task_queue, PostgresCaseFile(pool), PostgresAsks(pool), channel):
            start = CaseStart(service.ref, OPENING)
            await client.start_workflow(CASE_WORKFLOW, start, id=service.ref, task_queue=task_queue)
            await TemporalCases(client).record_event(
                service.ref, Record("screened", RequestScreened("proceed"), CASEWORKER)
            )
            await service.until(2)
            yield service


async def test_a_case_with_a_sequence_conflict_continues_with_all_that_it_was_sent(service: Service) -> None:
    file, history = PostgresCaseFile(service.pool), CaseHistory(service.pool)
    screened, case = (await history.list_entries(service.ref))[1], await CaseQueries(service.pool).get_case(service.ref)
    assert case is not None
    others = replace(screened, id="another", version=3, event="progress_recorded", data={}, at=datetime.now(UTC))
    await file.write(WriteBatch(service.ref, (others,), case=replace(case, version=3)))
    await service.signal("first")
    await service.until(3, is_in_conflict=True)
    await service.signal("second")
    assert await service.restart() == 2
    await service.until(5)
    assert await service.ids() == ["opening", "screened", "another", "first", "second"]
    await service.assert_agreement()


async def test_what_the_case_file_has_lost_is_recorded_again(service: Service) -> None:
    await service.signal("first")
    await service.until(3)
    async with service.pool.acquire() as connection, connection.transaction():
        # As after an older backup of the database was restored.
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("delete from entries where ref = $1 and version > 1", service.ref)
        await connection.execute("update cases set version = 1 where ref = $1", service.ref)
    await service.signal("second")
    await service.until(4, is_in_conflict=True)
    assert await service.restart() == 3
    await service.until(4)
    assert await service.ids() == ["opening", "screened", "first", "second"]
    await service.assert_agreement()


async def test_a_lost_workflow_is_restarted_and_asks_nobody_twice(service: Service) -> None:
    async with asyncio.timeout(120):
        while not service.channel.asked:  # noqa: ASYNC110 - an agency notifies nobody
            await asyncio.sleep(0.05)
    await service.client.get_workflow_handle(service.ref).terminate()
    assert await service.restart() == 0
    await service.until(2)
    await service.signal("first")
    await service.until(3)
    assert service.channel.questions(service.ref) == ["trace:vlo"]
    await service.assert_agreement()


@pytest.mark.parametrize("changes", ["step = 'approaching'", 'data = \'{"answer": "refuse"}\'', "version = 7"])
async def test_a_case_file_that_does_not_follow_restarts_nothing(service: Service, changes: str) -> None:
    async with service.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        statement = f"update entries set {changes} where ref = $1 and version = 2"  # noqa: S608 - those above
        await connection.execute(statement, service.ref)
    before: Any = await service.client.get_workflow_handle(service.ref).describe()
    with pytest.raises(CannotRestart, match="entry"):
        await service.restart()
    assert (await service.client.get_workflow_handle(service.ref).describe()).run_id == before.run_id
