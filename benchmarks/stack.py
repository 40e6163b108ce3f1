"""What the benchmarks run against: real servers, the service's own worker as a process, and the floor's worker."""

import secrets
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
from benchmarks import bare_lifecycle
from benchmarks.agency import agency, floor_agency
from benchmarks.life import Message
from benchmarks.load import Target
from devstack.directory import new_keys, sample_agencies
from devstack.embedded import TemporalServer, attribute_types, postgres, temporal_server
from devstack.processes import run_server
from devstack.services import ROOT, python_server
from domain.vocabulary import CaseRef
from ports.agencies import ChannelName
from workflows.names import CASE_WORKFLOW, SEARCH_ATTRIBUTES
from workflows.starting import CaseStart

OFFENDER = {"name": "Rowan Sample", "date_of_birth": "1990-01-01"}


@dataclass(frozen=True)
class Servers:
    """The servers, as both sides of a comparison use them."""

    dsn: str
    temporal: TemporalServer
    pool: asyncpg.Pool
    folder: Path

    @asynccontextmanager
    async def python(
        self, name: str, arguments: tuple[str, ...], settings: dict[str, str], url: str = ""
    ) -> AsyncIterator[psutil.Process]:
        """A process of Python, ready once `url` is answered; without one its first work shows whether it is."""
        async with run_server(python_server(name, arguments, self.folder, settings, url=url)) as guard:
            yield psutil.Process(guard.pid)


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    """PostgreSQL, with the present schema, and Temporal; both empty."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="restorative-justice-bench-")))
        dsn = await stack.enter_async_context(postgres(None))
        migrate(dsn)
        attributes = attribute_types(SEARCH_ATTRIBUTES)
        temporal = await stack.enter_async_context(temporal_server(None, ui=False, search_attributes=attributes))
        pool = await stack.enter_async_context(await open_pool(dsn))
        yield Servers(dsn, temporal, pool, folder)


@asynccontextmanager
async def cases(stack: Servers, task_queue: str) -> AsyncIterator[tuple[Target, psutil.Process]]:
    """The service's workflow with its own worker, and an agency that accepts what it is asked."""
    client = await Client.connect(stack.temporal.address, plugins=[SHARED])
    target = Target("case", client, CASE_WORKFLOW, task_queue, CaseStart)
    settings = {
        "RJ_DATABASE_URL": stack.dsn,
        "RJ_TOKEN_KEY": secrets.token_hex(32),
        "RJ_TEMPORAL_ADDRESS": stack.temporal.address,
        "RJ_TASK_QUEUE": task_queue,
        "RJ_LOG_LEVEL": "warning",
        "RJ_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    worker = (str(ROOT / "worker.py"),)
    async with (
        agency(target.arrivals) as url,
        stack.python(f"worker-{task_queue}", worker, settings) as process,
    ):
        for sample in sample_agencies(url, new_keys()):
            # All that can be asked without a person are asked over HTTP: that is what is measured.
            by_http = replace(sample, channel=ChannelName.HTTP, address=f"{url}/{sample.id}/asks")
            await PostgresDirectory(stack.pool).save(sample if sample.channel is ChannelName.MANUAL else by_http)
        yield target, process


@asynccontextmanager
async def floors(stack: Servers, messages: tuple[Message, ...]) -> AsyncIterator[tuple[Target, psutil.Process]]:
    """The bare workflow with a worker."""
    client = await Client.connect(stack.temporal.address)
    asks = [0, *(message.asks for message in messages)]

    def start(ref: CaseRef, request: dict[str, Any]) -> dict[str, Any]:
        return {"ref": ref, "request": request, "asks": asks}

    target = Target("floor", client, bare_lifecycle.WORKFLOW, bare_lifecycle.TASK_QUEUE, start)
    async with floor_agency(target.arrivals) as port:
        arguments = ("-m", "benchmarks.bare_lifecycle", stack.temporal.address, str(port))
        async with stack.python("floor", arguments, {}) as process:
            yield target, process


async def add_offenders(pool: asyncpg.Pool, refs: tuple[CaseRef, ...]) -> None:
    """Put an offender's details into the vault for each case, as the intake of requests does."""
    rows = [(ref, OFFENDER) for ref in refs]
    await pool.executemany("insert into vault.offenders (ref, details, written_by) values ($1, $2, 'bench')", rows)
