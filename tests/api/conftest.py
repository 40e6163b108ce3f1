"""The webhook endpoint, on one database for all tests: what a test stores there is removed after it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from api.app import create_app
from api_dependencies import create_dependencies
from settings import Settings
from tests.api.sender import PRISON, PROBATION, Sender
from tests.conftest import TEMPLATE, empty_database, fresh_database
from tests.connections import connect_to
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY_SETTING

SETTINGS = Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr("postgresql://unused"))


@pytest.fixture(scope="session")
async def api_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to a database with the present schema and nothing in it."""
    async with fresh_database(postgres_dsn, TEMPLATE) as dsn, await open_pool(dsn) as pool:
        yield pool


@pytest.fixture(scope="session")
async def open_sender(api_pool: asyncpg.Pool) -> AsyncIterator[Sender]:
    """The sender, served once for all tests of it, and known to two agencies."""
    met: list[Sender] = []

    def count_stored() -> None:
        met[0].stored += 1

    needs = replace(
        create_dependencies(await connect_to(api_pool), SETTINGS, count_stored),
        inbox=PostgresInbox(api_pool),
        directory=PostgresDirectory(api_pool),
        public_url="https://casework.example/",
    )
    async with serve_app(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        met.append(Sender(http, api_pool))
        yield met[0]


@pytest.fixture
async def sender(open_sender: Sender) -> AsyncIterator[Sender]:
    """The sender, with nothing behind it."""
    for agency in (PROBATION, PRISON):
        await PostgresDirectory(open_sender.pool).save(agency)
    open_sender.stored = 0
    yield open_sender
    await empty_database(open_sender.pool)
