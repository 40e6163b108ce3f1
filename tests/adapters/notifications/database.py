"""A database that many tests share, each beginning with nothing in it: to copy one for each takes longer than most."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, fresh_database


@asynccontextmanager
async def shared_database(postgres_dsn: str) -> AsyncIterator[tuple[str, asyncpg.Pool]]:
    """The address of a database with the present schema, and connections to it."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn:
        pool = await open_pool(dsn)
        yield dsn, pool
        pool.terminate()
