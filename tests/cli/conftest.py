"""A running service for the command line: real PostgreSQL, real Temporal, a worker and the delivery of the inbox."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress

import asyncpg
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels
from adapters.inbox.delivery import Delivery, known_as
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from devstack.embedded import TemporalServer
from settings import Settings
from tests.agencies import enter_agencies_asked_by_hand
from tests.cli.shell import Shell
from tests.serving import LOOPBACK
from worker import build_worker
from workflows.clock import REAL_TIME


@pytest.fixture(scope="session")
async def service_dsn(postgres_dsn: str, _template_dsn: str) -> str:
    """The address of one database for all tests of a running service: each has cases of its own."""
    name, template = f"rj_{uuid.uuid4().hex}", _template_dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(f"create database {name} template {template}")
    await connection.close()
    return _template_dsn.replace(f"/{template}?", f"/{name}?")


@pytest.fixture(scope="session")
async def pool(service_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to the database of the running service."""
    pool = await open_pool(service_dsn)
    yield pool
    pool.terminate()


@pytest.fixture(scope="session")
async def service(service_dsn: str, pool: asyncpg.Pool, temporal: TemporalServer) -> AsyncIterator[Shell]:
    """A shell with the settings of a running service."""
    task_queue = f"rj-{uuid.uuid4().hex}"
    client = await Client.connect(temporal.address, plugins=[SHARED])
    await enter_agencies_asked_by_hand(pool, "avonside")
    delivery = Delivery(PostgresInbox(pool), client, task_queue, lambda ref: known_as(pool, ref), lambda: REAL_TIME)
    async with (
        open_channels(Settings(database_url=SecretStr(service_dsn), allowed_networks=LOOPBACK), pool) as channel,
        build_worker(client, pool, channel, task_queue),
    ):
        delivering = asyncio.create_task(delivery.run())
        yield Shell(
            {
                "RJ_DATABASE_URL": service_dsn,
                "RJ_TEMPORAL_ADDRESS": temporal.address,
                "RJ_TASK_QUEUE": task_queue,
            }
        )
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering


@pytest.fixture
def alone(dsn: str) -> Shell:
    """A shell with a database, and with no Temporal at the address that it is told."""
    return Shell({"RJ_DATABASE_URL": dsn, "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1"})
