"""Signing in with the tokens of an OpenID provider that is not ours: the npm package oidc-provider."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from adapters.identity.keys import RefreshIntervals
from adapters.identity.staff_identities import open_identities
from adapters.postgres.pool import open_pool
from api.app import create_app
from devstack.processes import free_port
from server import dependencies
from settings import Settings
from tests.api.people import shows
from tests.connections import connected_to
from tests.issuers import new_key
from tests.oidc_provider.running import Client, Provider, running
from tests.serving import served

pytestmark = [pytest.mark.long, pytest.mark.postgres]

AUDIENCE = "casework"
CLIENTS = {
    "o.haddad": Client("made-up-1", ["admin"], []),
    "s.lindqvist": Client("made-up-2", ["supervisor", "offline_access"], ["eastmoor"]),
    "importer": Client("made-up-3", ["caseworker"], ["*"]),
    "guest": Client("made-up-4", ["guest"], ["*"]),
}
AGENCIES, STAFF = "/api/v1/agencies", "/api/v1/staff"


@asynccontextmanager
async def service(dsn: str, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application with an issuer of its settings, asked for keys whenever a token names one that is not known."""
    settings = Settings(database_url=SecretStr(dsn), oidc_issuer=issuer, oidc_audience=AUDIENCE, local=True)
    found = await connected_to(await open_pool(dsn))
    async with open_identities(settings, found.pool, RefreshIntervals(least=0)) as identities:
        parts = replace(
            dependencies(found, settings),
            identities=identities,
        )
        async with served(create_app(parts)) as address, httpx.AsyncClient(base_url=address) as http:
            yield http
    await found.pool.close()


async def answered(http: httpx.AsyncClient, path: str, token: str) -> str:
    answer = await http.get(path, headers=shows(token))
    return "taken" if answer.status_code == 200 else f"{answer.status_code} {answer.json()['code']}"


async def check_roles(http: httpx.AsyncClient, provider: Provider) -> None:
    for client, agencies, staff in (
        ("o.haddad", "taken", "taken"),
        ("s.lindqvist", "taken", "taken"),
        ("importer", "taken", "403 wrong_role"),
        ("guest", "403 wrong_role", "403 wrong_role"),
    ):
        token = await provider.token(client, AUDIENCE)
        assert (await answered(http, AGENCIES, token), await answered(http, STAFF, token)) == (agencies, staff)


async def check_foreign_tokens(http: httpx.AsyncClient, provider: Provider) -> None:
    for_another, opaque = await provider.token("o.haddad", "payroll"), await provider.token("o.haddad", None)
    for token in (for_another, opaque, (await provider.token("o.haddad", AUDIENCE))[:-4]):
        assert await answered(http, AGENCIES, token) == "401 token_invalid"


async def check_register(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    known = await connection.fetch("select id, roles, areas from staff order by id")
    await connection.close()
    assert [tuple(row) for row in known] == [
        ("importer", ["caseworker"], None),
        ("o.haddad", ["admin"], []),
        ("s.lindqvist", ["supervisor"], ["eastmoor"]),
    ]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_its_tokens_open_the_door_also_while_it_changes_its_keys_and_is_away(
    dsn: str, tmp_path: Path, algorithm: str
) -> None:
    port = free_port()
    old, new = new_key("old", algorithm), new_key("new", algorithm)

    async with AsyncExitStack() as stack:
        async with running(port, [old], CLIENTS, tmp_path) as provider:
            http = await stack.enter_async_context(service(dsn, provider.url))
            await check_roles(http, provider)
            await check_foreign_tokens(http, provider)
            await check_register(dsn)
            by_old = await provider.token("o.haddad", AUDIENCE)

        assert await answered(http, AGENCIES, by_old) == "taken", "the last keys serve on while it is away"
        by_nobody = new.sign({"alg": algorithm, "kid": new.kid}, {})
        assert await answered(http, AGENCIES, by_nobody) == "503 issuer_unavailable", "it may be good"

        async with running(port, [new], CLIENTS, tmp_path) as provider:
            await check_roles(http, provider)
            assert await answered(http, AGENCIES, by_old) == "401 token_invalid", "its key was withdrawn"
