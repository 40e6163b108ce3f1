"""A process's connections to the database and to Temporal, neither of which need answer when they are created."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from temporalio.client import Client
from temporalio.service import RPCError

from adapters.postgres.pool import UNAVAILABLE_ERRORS, create_pool
from adapters.temporal.client import create_client
from settings import Settings

CLOSE_TIMEOUT = 10


@dataclass(slots=True)
class Connections:
    """The pool of connections to the database, and the client of Temporal."""

    pool: asyncpg.Pool
    client: Client

    async def is_database_available(self) -> bool:
        """Whether a statement succeeds now."""
        try:
            await self.pool.fetchval("select 1")
        except UNAVAILABLE_ERRORS:
            return False
        return True

    async def is_temporal_available(self) -> bool:
        """Whether Temporal's front end says that it serves."""
        try:
            return await self.client.service_client.check_health()
        except (RPCError, RuntimeError):
            # A RuntimeError is what connecting raises where nobody answers.
            return False


@asynccontextmanager
async def open_connections(settings: Settings) -> AsyncIterator[Connections]:
    """Create the connections of `settings`, and close them afterwards."""
    pool = await create_pool(settings.database_url.get_secret_value())
    try:
        yield Connections(pool, await create_client(settings))
    finally:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await pool.close()
        except TimeoutError:
            pool.terminate()
