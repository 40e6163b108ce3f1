"""A door for each test, on one database for all: what is refused leaves nothing there, and what is taken is removed."""

import uuid
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
from server import dependencies
from settings import Settings
from tests.api.door import PRISON, PROBATION, Door
from tests.connections import connected_to
from tests.serving import served

SETTINGS = Settings(database_url=SecretStr("postgresql://unused"))


@pytest.fixture(scope="session")
async def door_pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to a database with the present schema and nothing in it."""
    name, template = f"doors_{uuid.uuid4().hex}", _template_dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(f"create database {name} template {template}")
    await connection.close()
    pool = await open_pool(_template_dsn.replace(f"/{template}?", f"/{name}?"))
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
async def open_door(door_pool: asyncpg.Pool) -> AsyncIterator[Door]:
    """The door, served once for all tests of it, and known to two agencies."""
    met: list[Door] = []

    def stored() -> None:
        met[0].stored += 1

    needs = replace(
        dependencies(await connected_to(door_pool), SETTINGS, stored),
        inbox=PostgresInbox(door_pool),
        directory=PostgresDirectory(door_pool),
        public_url="https://casework.example/",
    )
    async with served(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        met.append(Door(http, door_pool))
        yield met[0]


@pytest.fixture
async def door(open_door: Door) -> AsyncIterator[Door]:
    """The door, with nothing behind it."""
    for agency in (PROBATION, PRISON):
        await PostgresDirectory(open_door.pool).put(agency)
    open_door.stored = 0
    yield open_door
    await open_door.pool.execute("truncate inbox, inbox_decisions, vault.notes")
