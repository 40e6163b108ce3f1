"""Connections of which the database, Temporal or both cannot be reached."""

import asyncpg
from pydantic import SecretStr
from temporalio.client import Client

from adapters.connections import Connections
from adapters.postgres.pool import create_pool
from adapters.temporal.client import create_client
from api.dependencies import Dependencies
from api_dependencies import create_dependencies
from settings import Settings
from tests.token_keys import TOKEN_KEY_SETTING

UNREACHABLE = Settings(
    token_key=TOKEN_KEY_SETTING,
    database_url=SecretStr("postgresql://nobody@127.0.0.1:9/none"),
    temporal_address="127.0.0.1:9",
    task_queue="none",
)


async def unreachable_temporal() -> Client:
    """A client that finds nobody."""
    return await create_client(UNREACHABLE)


async def connect_to(pool: asyncpg.Pool) -> Connections:
    """The database, and no Temporal."""
    return Connections(pool, await unreachable_temporal())


async def unreachable() -> Connections:
    """Neither the database nor Temporal."""
    return await connect_to(await create_pool(UNREACHABLE.database_url.get_secret_value()))


async def dependencies_on(pool: asyncpg.Pool) -> Dependencies:
    """What the HTTP API needs, with this database and no Temporal."""
    return create_dependencies(await connect_to(pool), UNREACHABLE)
