"""Sign-in with an issuer, the verifier and the register of staff behind it, over real HTTP and on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from adapters.connections import Connections
from adapters.identity.keys import RefreshIntervals
from adapters.identity.staff_identities import open_identities
from adapters.postgres.staff import PostgresStaff
from api.app import create_app
from api_dependencies import create_dependencies
from ports.staff import MemberChanges
from settings import Settings
from tests.adapters.notifications.database import shared_database
from tests.api.people import shows
from tests.connections import connect_to, unreachable
from tests.issuers import AUDIENCE, TestIssuer, issuer_served
from tests.serving import serve_app
from tests.token_keys import TOKEN_KEY_SETTING

pytestmark = pytest.mark.postgres

STAFF = "/api/v1/staff"


@dataclass(frozen=True)
class Place:
    """A service, its issuer and its database."""

    http: httpx.AsyncClient
    issuer: TestIssuer
    pool: asyncpg.Pool

    async def get_answer(self, token: str) -> str:
        """What somebody with this token is told who wants to see the register."""
        answer = await self.http.get(STAFF, headers=shows(token))
        return "" if answer.status_code == 200 else f"{answer.status_code} {answer.json()['code']}"


@asynccontextmanager
async def place(found: Connections, issuer: TestIssuer) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        token_key=TOKEN_KEY_SETTING,
        database_url=SecretStr("postgresql://unused"),
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        local=True,
    )
    async with open_identities(settings, found.pool, RefreshIntervals(least=0)) as identities:
        parts = replace(create_dependencies(found, settings), identities=identities)
        async with serve_app(create_app(parts)) as address, httpx.AsyncClient(base_url=address) as http:
            yield http


@pytest.fixture(scope="module")
async def pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with shared_database(postgres_dsn) as (_, pool):
        yield pool


@pytest.fixture
async def here(pool: asyncpg.Pool) -> AsyncIterator[Place]:
    await pool.execute("delete from staff")
    async with issuer_served() as issuer, place(await connect_to(pool), issuer) as http:
        yield Place(http, issuer, pool)


async def test_a_sign_in_enters_a_person_and_brings_them_up_to_date(here: Place) -> None:
    assert await here.get_answer(here.issuer.token()) == ""
    assert await here.get_answer(here.issuer.token(roles=["admin"], areas=["*"])) == ""
    (row,) = await here.pool.fetch("select id, roles, areas from staff")
    assert tuple(row) == ("s.lindqvist", ["admin"], None)


async def test_who_is_kept_out_is_refused_at_once_with_a_token_that_is_still_good(here: Place) -> None:
    token, register = here.issuer.token(), PostgresStaff(here.pool)
    assert await here.get_answer(token) == ""
    await register.edit("s.lindqvist", MemberChanges(active=False), "test")
    assert await here.get_answer(token) == "403 deactivated"
    await register.edit("s.lindqvist", MemberChanges(active=True), "test")
    assert await here.get_answer(token) == ""


async def test_who_has_no_role_here_is_refused_and_not_entered(here: Place) -> None:
    assert await here.get_answer(here.issuer.token(roles=["guest"])) == "403 wrong_role"
    assert await here.pool.fetchval("select count(*) from staff") == 0


async def test_a_token_that_is_no_good_is_refused_and_nobody_is_entered(here: Place) -> None:
    assert await here.get_answer(here.issuer.token(exp=1_000_000_000)) == "401 token_expired"
    assert await here.get_answer(here.issuer.token(aud="payroll")) == "401 token_invalid"
    assert await here.get_answer("zebra") == "401 token_invalid"
    assert await here.pool.fetchval("select count(*) from staff") == 0


async def test_many_requests_of_one_person_at_once_are_one_entry(here: Place) -> None:
    token = here.issuer.token()
    assert set(await asyncio.gather(*(here.get_answer(token) for _ in range(12)))) == {""}
    assert await here.pool.fetchval("select count(*) from staff") == 1


async def test_an_issuer_that_is_unavailable_from_the_start_is_waited_for(pool: asyncpg.Pool) -> None:
    async with issuer_served(TestIssuer(status=503)) as issuer, place(await connect_to(pool), issuer) as http:
        here = Place(http, issuer, pool)
        assert await here.get_answer(issuer.token()) == "503 issuer_unavailable"
        issuer.status = 200
        assert await here.get_answer(issuer.token()) == ""


async def test_nobody_signs_in_while_the_database_is_unavailable(pool: asyncpg.Pool) -> None:
    async with issuer_served() as issuer, place(await unreachable(), issuer) as http:
        assert await Place(http, issuer, pool).get_answer(issuer.token()) == "503 database_unavailable"
