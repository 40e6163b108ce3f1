"""Signing in with the tokens of an OpenID provider that is not ours: the npm package oidc-provider."""

import json
import secrets
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
from settings import Settings
from tests.api.people import shows
from tests.cli.shell import Shell
from tests.connections import dependencies_on
from tests.issuers import new_key
from tests.oidc_flows import DEVICE_CODE, REDIRECT_URI, OidcClient, code_in, discover
from tests.oidc_provider.provider import Provider, ProviderAccount, ProviderClient, click_through, run_provider
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY_SETTING

pytestmark = [pytest.mark.long, pytest.mark.postgres]

AUDIENCE = "casework"
CLIENTS = {
    "o.haddad": ProviderClient("made-up-1", ["admin"], []),
    "s.lindqvist": ProviderClient("made-up-2", ["supervisor", "offline_access"], ["eastmoor"]),
    "importer": ProviderClient("made-up-3", ["caseworker"], ["*"]),
    "guest": ProviderClient("made-up-4", ["guest"], ["*"]),
}
ACCOUNTS = {"c.okafor": ProviderAccount(["caseworker"], ["eastmoor"])}
AGENCIES, STAFF = "/api/v1/agencies", "/api/v1/staff"


@asynccontextmanager
async def service(dsn: str, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application with this issuer, which fetches its keys whenever a token names one that is not known."""
    settings = Settings(
        token_key=TOKEN_KEY_SETTING, database_url=SecretStr(dsn), oidc_issuer=issuer, oidc_audience=AUDIENCE, local=True
    )
    async with (
        await open_pool(dsn) as pool,
        open_identities(settings, pool, RefreshIntervals(least=0)) as identities,
        serve_app(create_app(replace(await dependencies_on(pool), identities=identities))) as address,
        httpx.AsyncClient(base_url=address) as http,
    ):
        yield http


async def outcome(http: httpx.AsyncClient, path: str, token: str) -> str:
    answer = await http.get(path, headers=shows(token))
    return "accepted" if answer.status_code == 200 else f"{answer.status_code} {answer.json()['code']}"


async def check_roles(http: httpx.AsyncClient, provider: Provider) -> None:
    for client, agencies, staff in (
        ("o.haddad", "accepted", "accepted"),
        ("s.lindqvist", "accepted", "accepted"),
        ("importer", "accepted", "403 wrong_role"),
        ("guest", "403 wrong_role", "403 wrong_role"),
    ):
        token = await provider.token(client, AUDIENCE)
        assert (await outcome(http, AGENCIES, token), await outcome(http, STAFF, token)) == (agencies, staff)


async def check_foreign_tokens(http: httpx.AsyncClient, provider: Provider) -> None:
    for_another, opaque = await provider.token("o.haddad", "payroll"), await provider.token("o.haddad", None)
    for token in (for_another, opaque, (await provider.token("o.haddad", AUDIENCE))[:-4]):
        assert await outcome(http, AGENCIES, token) == "401 token_invalid"


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
async def test_its_tokens_are_accepted_also_while_it_changes_its_keys_and_is_unavailable(
    dsn: str, tmp_path: Path, algorithm: str
) -> None:
    port = free_port()
    old, new = new_key("old", algorithm), new_key("new", algorithm)

    async with AsyncExitStack() as stack:
        async with run_provider(port, [old], CLIENTS, tmp_path) as provider:
            http = await stack.enter_async_context(service(dsn, provider.url))
            await check_roles(http, provider)
            await check_foreign_tokens(http, provider)
            await check_register(dsn)
            by_old = await provider.token("o.haddad", AUDIENCE)

        assert await outcome(http, AGENCIES, by_old) == "accepted", "the last keys remain valid while it is unavailable"
        by_unknown = new.sign({"alg": algorithm, "kid": new.kid}, {})
        assert await outcome(http, AGENCIES, by_unknown) == "503 issuer_unavailable", "it may be good"

        async with run_provider(port, [new], CLIENTS, tmp_path) as provider:
            await check_roles(http, provider)
            assert await outcome(http, AGENCIES, by_old) == "401 token_invalid", "its key was withdrawn"


@pytest.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with run_provider(free_port(), [new_key("one")], CLIENTS, tmp_path, ACCOUNTS) as provider:
        yield provider


async def test_a_device_is_signed_in_refreshed_and_signed_out(dsn: str, provider: Provider) -> None:
    async with service(dsn, provider.url) as http, httpx.AsyncClient() as browser:
        endpoints = await discover(browser, provider.url)
        client = OidcClient(browser, endpoints, "rj", {"resource": f"urn:{AUDIENCE}"})
        codes = await client.request_device_code()
        exchange = {"device_code": codes["device_code"], **client.more}
        assert await client.error(DEVICE_CODE, **exchange) == "authorization_pending"

        await click_through(browser, codes["verification_uri_complete"], "c.okafor")
        tokens = await client.tokens(DEVICE_CODE, **exchange)
        assert await outcome(http, AGENCIES, tokens["access_token"]) == "accepted"
        await check_refresh(http, client, tokens)

        # The device has no page to come back to.
        end = endpoints["end_session_endpoint"]
        page = await click_through(browser, f"{end}?id_token_hint={tokens['id_token']}", "c.okafor")
        assert page.status_code == 200


async def test_rj_is_signed_in_refreshed_and_signed_out(dsn: str, provider: Provider, tmp_path: Path) -> None:
    async with service(dsn, provider.url) as http, httpx.AsyncClient() as browser:
        settings = {"RJ_OIDC_ISSUER": provider.url, "RJ_OIDC_RESOURCE": f"urn:{AUDIENCE}"}
        shell = Shell({"RJ_SERVER": str(http.base_url).rstrip("/"), "XDG_STATE_HOME": str(tmp_path), **settings})
        running = await shell.start("login")
        assert running.stdout is not None
        opened = (await running.stdout.readline()).decode().split()
        await click_through(browser, f"{opened[1]}?user_code={opened[-1]}", "c.okafor")
        out, err = await running.communicate()
        assert (running.returncode, err) == (0, b""), out
        assert (await shell.value("whoami"))["id"] == "c.okafor"

        sessions = json.loads((tmp_path / "rj/sessions.json").read_text())
        [session] = sessions.values()
        session["expires_at"] = 0
        (tmp_path / "rj/sessions.json").write_text(json.dumps(sessions))
        assert (await shell.value("whoami"))["id"] == "c.okafor"
        [refreshed] = json.loads((tmp_path / "rj/sessions.json").read_text()).values()
        assert refreshed["access_token"] != session["access_token"]

        assert (await shell.rj("logout")).out == "Signed out.\n"
        assert await shell.get_error("whoami") == "rj: You are not signed in: run rj login"


async def test_a_browser_is_signed_in_by_a_code_with_pkce_refreshed_and_signed_out(
    dsn: str, provider: Provider
) -> None:
    async with service(dsn, provider.url) as http, httpx.AsyncClient() as browser:
        endpoints, verifier = await discover(browser, provider.url), secrets.token_urlsafe(48)
        client = OidcClient(browser, endpoints, "console", {"resource": f"urn:{AUDIENCE}"})
        answer = await click_through(browser, client.authorization_url(verifier), "c.okafor")
        exchange = {"code": code_in(answer.headers["location"]), "redirect_uri": REDIRECT_URI, **client.more}
        assert await client.error("authorization_code", **exchange, code_verifier="x" * 43) == "invalid_grant"

        answer = await click_through(browser, client.authorization_url(verifier), "c.okafor")
        exchange["code"] = code_in(answer.headers["location"])
        tokens = await client.tokens("authorization_code", **exchange, code_verifier=verifier)
        assert await outcome(http, AGENCIES, tokens["access_token"]) == "accepted"
        await check_refresh(http, client, tokens)

        end = client.sign_out_url(tokens["id_token"])
        back = await click_through(browser, end, "c.okafor")
        assert back.headers["location"].startswith(REDIRECT_URI)


async def check_refresh(http: httpx.AsyncClient, client: OidcClient, tokens: dict[str, str]) -> None:
    fresh = await client.tokens("refresh_token", refresh_token=tokens["refresh_token"], **client.more)
    assert fresh["access_token"] != tokens["access_token"]
    assert await outcome(http, STAFF, fresh["access_token"]) == "403 wrong_role", "a caseworker's token"
