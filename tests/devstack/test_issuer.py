"""The local issuer: its tokens are taken by the service's own verifier, and given only for the secret."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.identity.claims import ClaimNames
from adapters.identity.issuer import Issuer as Published
from adapters.identity.keys import IssuerKeys
from adapters.identity.tokens import TokenRules, TokenVerifier
from devstack.directory import AREAS
from devstack.embedded import free_port
from devstack.issuer import ALGORITHM, AUDIENCE, Issuer, create_issuer, kept_issuer
from devstack.sample_staff import SAMPLE_STAFF, account_for
from domain.people import Person, StaffRole
from tests.serving import served


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    port = free_port()
    issuer = kept_issuer(tmp_path, f"http://127.0.0.1:{port}")
    async with served(create_issuer(issuer), port):
        yield issuer


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


async def signed_in(issuer: Issuer, http: httpx.AsyncClient, **form: str) -> Person:
    """Who the service takes the bearer of such a token for."""
    whole = {"grant_type": "client_credentials", "client_secret": issuer.secret, **form}
    answer = await http.post(f"{issuer.url}/token", data=whole)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    keys = IssuerKeys(Published(http, issuer.url).keys, (ALGORITHM,))
    verifier = TokenVerifier(keys, TokenRules(issuer.url, AUDIENCE, (ALGORITHM,), ClaimNames()))
    return await verifier.person(answer.json()["access_token"])


async def test_somebody_ready_made_has_their_role_and_areas(issuer: Issuer, http: httpx.AsyncClient) -> None:
    for each in SAMPLE_STAFF:
        person = await signed_in(issuer, http, client_id=each.account)
        assert person == Person(each.account, each.member.roles, each.member.areas)


async def test_anybody_can_be_made_up(issuer: Issuer, http: httpx.AsyncClient) -> None:
    form = {"client_id": "x.y", "roles": "auditor admin", "areas": "eastmoor"}
    roles = frozenset({StaffRole.AUDITOR, StaffRole.ADMIN})
    assert await signed_in(issuer, http, **form) == Person("x.y", roles, frozenset({"eastmoor"}))


async def test_a_client_may_show_its_secret_in_a_header(issuer: Issuer, http: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await http.post(f"{issuer.url}/token", data=form, auth=("o.haddad", issuer.secret))
    assert answer.json()["token_type"] == "Bearer"
    answer = await http.post(f"{issuer.url}/token", data=form, headers={"authorization": "Basic !"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "zebra"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "no body", "roles": "admin"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_nothing_is_given_otherwise(
    issuer: Issuer, http: httpx.AsyncClient, changes: dict[str, str], error: str
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "o.haddad", "client_secret": issuer.secret, **changes}
    answer = await http.post(f"{issuer.url}/token", data=form)
    assert (answer.status_code >= 400, answer.json()) == (True, {"error": error})


def test_the_key_and_the_secret_stay_and_nobody_else_reads_them(tmp_path: Path) -> None:
    first, second = (kept_issuer(tmp_path / "issuer", "http://127.0.0.1:1") for _ in range(2))
    assert (first.published, first.secret) == (second.published, second.secret)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "issuer").iterdir()} == {0o600}


def test_each_role_is_there_and_each_area_has_somebody_who_works_and_somebody_who_looks_after_it() -> None:
    assert {each.role for each in SAMPLE_STAFF} == set(StaffRole)
    for role in (StaffRole.CASEWORKER, StaffRole.SUPERVISOR):
        assert set(AREAS) <= {area for each in SAMPLE_STAFF if each.role is role for area in each.areas}


def test_an_account_is_somebodys_who_is_just_that_or_named_for_it() -> None:
    assert account_for(frozenset({"supervisor"}), frozenset({"eastmoor"})) == "s.lindqvist"
    assert account_for(frozenset({"auditor"}), frozenset({"*"})) == "a.moreau"
    both = account_for(frozenset({"supervisor", "admin"}), frozenset({"*"}))
    assert both == "admin-supervisor-of-everywhere"
