"""One database for all of these tests, emptied after each."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, empty_database, fresh_database


@pytest.fixture(scope="session")
async def _pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield pool


@pytest.fixture
async def pool(_pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A pool, as the service uses it, on a database with the present schema and nothing in it."""
    yield _pool
    await empty_database(_pool)
