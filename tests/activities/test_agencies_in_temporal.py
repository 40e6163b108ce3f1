"""Asks in a real Temporal to a real agency: when they are retried, when they stop, and that a pause ends."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import asyncpg
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr
from temporalio import workflow
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner

from activities.agencies import AgencyActivities
from adapters.channels.factories import open_channels
from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.directory import PostgresDirectory
from adapters.temporal.client import SHARED
from adapters.temporal.ending_worker import EndingWorker
from adapters.temporal.failures import FailureRedactor
from devstack.embedded import TemporalServer
from domain.effects import Ask
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, ChannelName
from ports.agency_views import ALL_AGENCIES
from queries.case_history import CaseHistory
from settings import Settings
from tests.serving import LOOPBACK, serve_app
from tests.token_keys import TOKEN_KEY_SETTING
from workflows.policies import ASK_AGENCY

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]

PRISON = Agency("eastmoor-prison", "prison", "eastmoor", "HMP Eastmoor", ChannelName.HTTP, our_keys=("whsec_b3Vycw==",))


@workflow.defn
class AskOnce:
    """One ask, as a case sends it."""

    @workflow.run
    async def run(self, ask: Ask) -> None:
        await workflow.execute_activity_method(AgencyActivities.ask_agency, ask, **ASK_AGENCY)


@dataclass
class Prison:
    """An agency that gives `answers` one after the other, and then takes everything."""

    client: Client
    pool: asyncpg.Pool
    task_queue: str
    answers: list[Response] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def take(self, request: Request) -> Response:
        self.arrivals.append(time.monotonic())
        self.keys.append(request.headers["idempotency-key"])
        return self.answers.pop(0) if self.answers else Response(status_code=202)

    async def begin(self, ref: str) -> WorkflowHandle[AskOnce, None]:
        key, due_on = f"{ref}.3.trace:prison", date(2027, 3, 1)
        ask = Ask(key, CaseRef(ref), "eastmoor", AgencyRef("prison"), WaitKind.TRACE, due_on)
        return await self.client.start_workflow(AskOnce.run, ask, id=f"{uuid.uuid4()}", task_queue=self.task_queue)

    async def outcomes(self, ref: str) -> list[tuple[str, str]]:
        sent = await CaseHistory(self.pool).list_asks(ref)
        return [(attempt.outcome, attempt.error) for ask in sent for attempt in ask.attempts]


@pytest.fixture
async def prison(pool: asyncpg.Pool, temporal: TemporalServer) -> AsyncIterator[Prison]:
    client = await Client.connect(temporal.address, plugins=[SHARED])
    prison, app = Prison(client, pool, f"asking-{uuid.uuid4().hex}"), FastAPI(openapi_url=None)
    app.post("/asks")(prison.take)
    settings = Settings(
        token_key=TOKEN_KEY_SETTING, database_url=SecretStr("postgresql://unused"), allowed_networks=LOOPBACK
    )
    async with serve_app(app) as url, open_channels(settings, pool) as channels:
        await PostgresDirectory(pool).save(replace(PRISON, address=f"{url}/asks"))
        asking = AgencyActivities(
            PostgresDirectory(pool), PostgresAsks(pool), channels, pause_check=timedelta(seconds=0.3)
        )
        async with EndingWorker(
            client,
            task_queue=prison.task_queue,
            workflows=[AskOnce],
            activities=[asking.ask_agency],
            workflow_runner=UnsandboxedWorkflowRunner(),
            interceptors=[FailureRedactor()],
        ):
            yield prison


async def test_an_ask_comes_again_after_the_pause_that_was_asked_for_and_under_its_key(prison: Prison) -> None:
    prison.answers = [Response(status_code=503), Response(status_code=429, headers={"retry-after": "2"})]
    await (await prison.begin("RJ-2222-2222")).result()

    first, second, third = prison.arrivals
    assert second - first >= 0.5
    assert third - second >= 2
    assert len(set(prison.keys)) == 1
    assert await prison.outcomes("RJ-2222-2222") == [
        ("failed", "status 503"),
        ("failed", "status 429"),
        ("delivered", ""),
    ]


async def test_an_ask_that_is_refused_comes_once_and_says_why(prison: Prison) -> None:
    prison.answers = [Response(status_code=404)] * 9
    handle = await prison.begin("RJ-3333-3333")
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()

    failed = raised.value.cause
    assert isinstance(failed, ActivityError)
    assert isinstance(failed.cause, ApplicationError)
    assert (failed.cause.type, failed.cause.message) == ("refused", "status 404")
    assert len(prison.arrivals) == 1
    assert await prison.outcomes("RJ-3333-3333") == [("refused", "status 404")]


async def test_paused_asks_leave_by_themselves_once_they_are_resumed(prison: Prison) -> None:
    pauses = PostgresAgencyPauses(prison.pool)
    await pauses.pause(ALL_AGENCIES, "staff:op")
    handle = await prison.begin("RJ-4444-4444")
    await asyncio.sleep(1)
    assert await prison.outcomes("RJ-4444-4444") == [("paused", "")]
    assert prison.arrivals == []

    await pauses.resume(ALL_AGENCIES, "staff:op")
    await handle.result()

    assert await prison.outcomes("RJ-4444-4444") == [("paused", ""), ("delivered", "")]
    assert len(prison.arrivals) == 1
