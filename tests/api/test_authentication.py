"""Access tokens: which are accepted, and what the problem is otherwise."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from api.authentication import SignedIn, Supervisor, require_area
from api.error_mapping import install_error_handlers
from api.guarded_route import GuardedRoute
from api.problems import MEDIA_TYPE, Code
from api_dependencies import create_dependencies
from domain.people import Person, StaffRole
from ports.authentication import Identities
from tests.api import people
from tests.api.people import KnownTokens, person, shows
from tests.connections import UNREACHABLE, unreachable
from tests.serving import serve_app


async def application(identities: Identities | None) -> FastAPI:
    app, router = FastAPI(), APIRouter(route_class=GuardedRoute)
    needs = replace(create_dependencies(await unreachable(), UNREACHABLE), identities=identities)
    app.state.dependencies = needs
    install_error_handlers(app, needs.database_errors)

    @router.get("/whoami")
    async def whoami(person: SignedIn) -> str:
        return person.id

    @router.post("/extend/{area}")
    async def extend(area: str, days: int, person: Supervisor) -> str:
        require_area(person, area)
        return "extended"

    app.include_router(router)
    return app


@pytest.fixture(scope="module")
async def tokens() -> KnownTokens:
    return KnownTokens()


@pytest.fixture(scope="module")
async def http(tokens: KnownTokens) -> AsyncIterator[httpx.AsyncClient]:
    async with serve_app(await application(tokens)) as address, httpx.AsyncClient(base_url=address) as http:
        yield http


async def test_a_token_says_who_asks(http: httpx.AsyncClient) -> None:
    answer = await http.get("/whoami", headers=shows(people.CASEWORKER))
    assert (answer.status_code, answer.json()) == (200, "c.okafor")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic czpw", "c.okafor"])
async def test_without_a_token_one_is_asked_for(http: httpx.AsyncClient, header: str | None) -> None:
    answer = await http.get("/whoami", headers={} if header is None else {"authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, Code.TOKEN_MISSING)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["www-authenticate"] == 'Bearer realm="casework"'


@pytest.mark.parametrize(
    ("token", "status", "code", "error"),
    [
        ("zebra", 401, Code.TOKEN_INVALID, "invalid_token"),
        (people.EXPIRED, 401, Code.TOKEN_EXPIRED, "invalid_token"),
        (people.NOBODY.id, 403, Code.WRONG_ROLE, "insufficient_scope"),
        (people.GONE, 403, Code.DEACTIVATED, None),
        (people.ISSUER_AWAY, 503, Code.ISSUER_UNAVAILABLE, None),
        (people.STORE_AWAY, 503, Code.DATABASE_UNAVAILABLE, None),
    ],
)
async def test_a_token_that_opens_nothing_is_answered_with_why(
    http: httpx.AsyncClient, token: str, status: int, code: Code, error: str | None
) -> None:
    answer = await http.get("/whoami", headers=shows(token))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
    challenge = answer.headers.get("www-authenticate", "")
    assert (f'error="{error}"' in challenge) == (error is not None)
    assert "zebra" not in answer.text + challenge


async def test_a_role_and_an_area_are_asked_for_one_after_the_other(
    http: httpx.AsyncClient, tokens: KnownTokens
) -> None:
    local = person("t.ito", StaffRole.SUPERVISOR, areas=("eastmoor",))
    tokens.people[local.id] = local

    async def code(who: Person, area: str) -> str:
        answer = await http.post(f"/extend/{area}?days=3", headers=shows(who))
        return "" if answer.status_code == 200 else f"{answer.status_code} {answer.json()['code']}"

    assert await code(people.CASEWORKER, "eastmoor") == "403 wrong_role"
    assert await code(local, "westhaven") == "403 wrong_area"
    assert await code(local, "eastmoor") == ""
    assert await code(people.SUPERVISOR, "westhaven") == ""


async def test_who_does_not_sign_in_learns_nothing_of_what_is_expected(http: httpx.AsyncClient) -> None:
    answer = await http.post("/extend/eastmoor?days=zebra")
    assert answer.status_code == 401
    answer = await http.post("/extend/eastmoor?days=zebra", headers=shows(people.SUPERVISOR))
    assert answer.status_code == 400


async def test_where_no_issuer_is_set_nobody_signs_in() -> None:
    async with serve_app(await application(None)) as address, httpx.AsyncClient(base_url=address) as http:
        for headers in ({}, shows(people.ADMIN)):
            answer = await http.get("/whoami", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, Code.SIGN_IN_OFF)
            assert "RJ_OIDC_ISSUER" in answer.json()["detail"]


async def test_the_documentation_names_the_scheme(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["staff"]["bearerFormat"] == "JWT"
    assert document["paths"]["/whoami"]["get"]["security"] == [{"staff": []}]
