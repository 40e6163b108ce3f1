"""What the benchmarks run against: real servers, the service's own worker as a process, and the floor's beside it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import psutil
from temporalio.client import Client

from adapters.migrations import migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from benchmarks import floor
from benchmarks.agency import agency, floor_agency
from benchmarks.life import Message
from benchmarks.load import Target
from devstack.directory import new_keys, sample_agencies
from devstack.embedded import TemporalServer, attribute_types, postgres, temporal_server
from devstack.processes import running
from domain.vocabulary import CaseRef
from ports.agencies import ChannelName
from workflows.names import CASE_WORKFLOW, SEARCH_ATTRIBUTES
from workflows.starting import CaseStart

ROOT = Path(__file__).resolve().parent.parent
OFFENDER = {"name": "Rowan Sample", "date_of_birth": "1990-01-01"}


@dataclass(frozen=True)
class Stack:
    """The servers, as both sides of a comparison use them."""

    dsn: str
    temporal: TemporalServer
    pool: asyncpg.Pool
    folder: Path


@asynccontextmanager
async def servers() -> AsyncIterator[Stack]:
    """PostgreSQL, with the present schema and the sample agencies' directory, and Temporal; both empty."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="restorative-justice-bench-")))
        dsn = await stack.enter_async_context(postgres(None))
        migrate(dsn)
        attributes = attribute_types(SEARCH_ATTRIBUTES)
        temporal = await stack.enter_async_context(temporal_server(None, ui=False, search_attributes=attributes))
        pool = await open_pool(dsn)
        stack.push_async_callback(pool.close)
        yield Stack(dsn, temporal, pool, folder)


@asynccontextmanager
async def case_worker(stack: Stack, task_queue: str) -> AsyncIterator[psutil.Process]:
    """The service's own worker, as operators start it."""
    settings = {
        "RJ_DATABASE_URL": stack.dsn,
        "RJ_TEMPORAL_ADDRESS": stack.temporal.address,
        "RJ_TASK_QUEUE": task_queue,
        "RJ_LOG_LEVEL": "warning",
        "RJ_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    async with _python(stack, f"worker-{task_queue}", [str(ROOT / "worker.py")], settings) as process:
        yield process


@asynccontextmanager
async def _python(
    stack: Stack, name: str, arguments: list[str], settings: dict[str, str]
) -> AsyncIterator[psutil.Process]:
    """A process of our own; its output goes to a file of its name."""

    async def is_there() -> bool:
        # Whether it works is seen by the first case; temporalio tells nobody when a worker polls.
        return True

    folder = stack.folder / name
    folder.mkdir()
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    async with running(
        name, command, folder, stop="SIGTERM", user="", ready=is_there, environment=environment
    ) as guard:
        yield psutil.Process(guard.pid)


@asynccontextmanager
async def cases(stack: Stack, task_queue: str) -> AsyncIterator[tuple[Target, psutil.Process]]:
    """The service's workflow with a worker, and an agency that takes what it asks."""
    client = await Client.connect(stack.temporal.address, plugins=[SHARED])
    target = Target("case", client, CASE_WORKFLOW, task_queue, _case_start)
    async with agency(target.arrivals) as url, case_worker(stack, task_queue) as process:
        directory = PostgresDirectory(stack.pool)
        for each in sample_agencies(url, new_keys()):
            # All that can be asked without a person are asked over HTTP: that is what is measured.
            by_http = replace(each, channel=ChannelName.HTTP, address=f"{url}/{each.id}/asks")
            await directory.put(each if each.channel is ChannelName.MANUAL else by_http)
        yield target, process


@asynccontextmanager
async def floors(stack: Stack, messages: tuple[Message, ...]) -> AsyncIterator[tuple[Target, psutil.Process]]:
    """The bare workflow with a worker."""
    client = await Client.connect(stack.temporal.address)
    asks = [0, *(message.asks for message in messages)]

    def start(ref: CaseRef, request: dict[str, Any]) -> dict[str, Any]:
        return {"ref": ref, "request": request, "asks": asks}

    target = Target("floor", client, floor.WORKFLOW, floor.TASK_QUEUE, start)
    async with floor_agency(target.arrivals) as port:
        arguments = ["-m", "benchmarks.floor", stack.temporal.address, str(port)]
        async with _python(stack, "floor", arguments, {}) as process:
            yield target, process


def _case_start(ref: CaseRef, request: dict[str, Any]) -> CaseStart:
    return CaseStart(ref, request)


async def keep_offenders(pool: asyncpg.Pool, refs: tuple[CaseRef, ...]) -> None:
    """Put an offender's details into the vault for each case, as the door for requests does."""
    rows = [(ref, OFFENDER) for ref in refs]
    await pool.executemany("insert into vault.offenders (ref, details, written_by) values ($1, $2, 'bench')", rows)
