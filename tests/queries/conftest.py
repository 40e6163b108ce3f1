"""One database for all of these tests, emptied after each."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from adapters.postgres.pool import open_pool
from tests.conftest import TEMPLATE, fresh_database

_EMPTY = """
do $$
declare emptied regclass;
begin
    set local session_replication_role = replica;
    for emptied in
        select oid from pg_class
        where relkind = 'r' and relnamespace in ('public'::regnamespace, 'vault'::regnamespace)
            and relname not in ('schema_migrations', 'changes_pruned')
    loop
        execute format('delete from %s', emptied);
    end loop;
    update changes_pruned set position = 0;
end
$$
"""


@pytest.fixture(scope="session")
async def _pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield pool


@pytest.fixture
async def pool(_pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A pool, as the service uses it, on a database with the present schema and nothing in it."""
    yield _pool
    await _pool.execute(_EMPTY)
