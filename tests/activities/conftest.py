from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, empty_database, fresh_database


@pytest.fixture(scope="session")
async def shared_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool, as the service uses it, on one database for all tests here."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield pool


@pytest.fixture
async def pool(shared_pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """The pool, without agencies and asks."""
    yield shared_pool
    await empty_database(shared_pool)
