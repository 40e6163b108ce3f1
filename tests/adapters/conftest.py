from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, fresh_database


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool, as the service uses it, on a fresh database with the present schema."""
    async with await open_pool(dsn) as pool:
        yield pool


@pytest.fixture(scope="session")
async def shared_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on one database for all tests that ask for it: each leaves it as empty as it found it."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield pool
