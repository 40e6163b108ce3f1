from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.pool import open_pool


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool, as the service uses it, on a fresh database with the present schema."""
    async with await open_pool(dsn) as pool:
        yield pool
