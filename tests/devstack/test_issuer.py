"""The stack's issuer: the service's own verifier takes its tokens, and each flow follows its standard."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from adapters.identity.claims import ClaimNames
from adapters.identity.issuer import Issuer
from adapters.identity.keys import IssuerKeys
from adapters.identity.tokens import TokenRules, TokenVerifier
from devstack.directory import AREAS
from devstack.issuer import ALGORITHM, AUDIENCE, create_issuer, load_issuer
from devstack.issuer_grants import COMMAND_LINE, CONSOLE, IssuerServer
from devstack.processes import free_port
from devstack.sample_staff import SAMPLE_STAFF
from domain.people import Person, StaffRole
from tests.oidc_flows import DEVICE_CODE, REDIRECT_URI, FormReader, OidcClient, code_in, discover
from tests.serving import serve_app

CASEWORKER = Person("c.okafor", frozenset({StaffRole.CASEWORKER}), frozenset({"eastmoor"}))


@dataclass
class SignIn:
    """The issuer, and who the service takes the bearer of its tokens for."""

    server: IssuerServer
    secret: str
    http: httpx.AsyncClient

    async def by_secret(self, **form: str) -> httpx.Response:
        """What a request for client credentials is answered with."""
        form = {"grant_type": "client_credentials", "client_secret": self.secret, **form}
        return await self.http.post(f"{self.server.url}/token", data=form)

    async def client(self, id: str) -> OidcClient:
        return OidcClient(self.http, await discover(self.http, self.server.url), id)

    async def person(self, token: str) -> Person:
        keys = IssuerKeys(Issuer(self.http, self.server.url).fetch_keys, (ALGORITHM,))
        return await TokenVerifier(keys, TokenRules(self.server.url, AUDIENCE, (ALGORITHM,), ClaimNames())).person(
            token
        )

    async def approve(self, path: str, account: str = "c.okafor", decision: str = "approve") -> httpx.Response:
        """Choose a person on a page of the issuer."""
        page = await self.http.get(path)
        assert page.status_code == 200, page.text
        fields = FormReader(page.text).fields
        return await self.http.post(path, data={**fields, "account": account, "decision": decision})


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[SignIn]:
    port = free_port()
    server = load_issuer(tmp_path, f"http://127.0.0.1:{port}")
    async with serve_app(create_issuer(server), port), httpx.AsyncClient() as http:
        yield SignIn(server, (tmp_path / "secret").read_text(), http)


# ------------------------------------------------------------------------------------------------ by the secret


async def test_a_sample_person_has_their_role_and_areas(issuer: SignIn) -> None:
    for sample in SAMPLE_STAFF:
        answer = await issuer.by_secret(client_id=sample.account)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        person = await issuer.person(answer.json()["access_token"])
        assert person == Person(sample.account, sample.member.roles, sample.member.areas)


async def test_anybody_can_be_made_up(issuer: SignIn) -> None:
    answer = await issuer.by_secret(client_id="x.y", roles="auditor admin", areas="eastmoor")
    roles = frozenset({StaffRole.AUDITOR, StaffRole.ADMIN})
    assert await issuer.person(answer.json()["access_token"]) == Person("x.y", roles, frozenset({"eastmoor"}))


async def test_the_secret_may_be_sent_in_a_header(issuer: SignIn) -> None:
    form, url = {"grant_type": "client_credentials"}, f"{issuer.server.url}/token"
    answer = await issuer.http.post(url, data=form, auth=("o.haddad", issuer.secret))
    assert answer.json()["token_type"] == "Bearer"
    answer = await issuer.http.post(url, data=form, headers={"authorization": "Basic !"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "zebra"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "no body", "roles": "admin"}, "invalid_client"),
        ({"client_id": COMMAND_LINE, "roles": "admin"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_no_token_is_given_without_the_secret_and_a_known_account(
    issuer: SignIn, changes: dict[str, str], error: str
) -> None:
    answer = await issuer.by_secret(**{"client_id": "o.haddad", **changes})
    assert (answer.status_code >= 400, answer.json()["error"]) == (True, error)


# ----------------------------------------------------------------------------------------- device authorization


async def test_a_device_is_signed_in_once_somebody_has_approved_its_code(issuer: SignIn) -> None:
    client = await issuer.client(COMMAND_LINE)
    codes = await client.request_device_code()
    assert await client.error(DEVICE_CODE, device_code=codes["device_code"]) == "authorization_pending"
    assert await client.error(DEVICE_CODE, device_code=codes["device_code"]) == "slow_down"

    page = await issuer.approve(codes["verification_uri_complete"])

    assert "You are signed in as c.okafor" in page.text
    tokens = await client.tokens(DEVICE_CODE, device_code=codes["device_code"])
    assert await issuer.person(tokens["access_token"]) == CASEWORKER
    assert await client.error(DEVICE_CODE, device_code=codes["device_code"]) == "invalid_request", "it is good once"


async def test_a_refused_device_is_told_so(issuer: SignIn) -> None:
    client = await issuer.client(COMMAND_LINE)
    codes = await client.request_device_code()
    await issuer.approve(codes["verification_uri_complete"], decision="deny")
    assert await client.error(DEVICE_CODE, device_code=codes["device_code"]) == "access_denied"


async def test_a_device_code_expires(issuer: SignIn) -> None:
    client = await issuer.client(COMMAND_LINE)
    codes = await client.request_device_code()
    issuer.server.granted.devices[codes["device_code"]].credential["expires_at"] = 1.0
    assert await client.error(DEVICE_CODE, device_code=codes["device_code"]) == "expired_token"
    assert (await issuer.approve(codes["verification_uri_complete"])).status_code == 400


@pytest.mark.parametrize("fields", [{"user_code": "AAAA-AAAA"}, {"account": "nobody"}])
async def test_the_page_says_what_is_wrong_with_a_code_or_a_person(issuer: SignIn, fields: dict[str, str]) -> None:
    codes = await (await issuer.client(COMMAND_LINE)).request_device_code()
    form = {"user_code": codes["user_code"], "account": "c.okafor", "decision": "approve", **fields}
    answer = await issuer.http.post(codes["verification_uri"], data=form)
    assert answer.status_code == 400
    assert "No terminal is waiting with this code" in answer.text


# ----------------------------------------------------------------------------------- authorization code with PKCE


async def test_a_browser_is_signed_in_by_a_code_with_pkce(issuer: SignIn) -> None:
    client, verifier = await issuer.client(CONSOLE), secrets.token_urlsafe(48)
    answer = await issuer.approve(client.authorization_url(verifier))
    code = code_in(answer.headers["location"])
    exchange = {"code": code, "redirect_uri": REDIRECT_URI}

    assert await client.error("authorization_code", **exchange) == "invalid_request", "the verifier is missing"
    assert await client.error("authorization_code", **exchange, code_verifier="x" * 43) == "invalid_grant"
    tokens = await client.tokens("authorization_code", **exchange, code_verifier=verifier)

    assert await issuer.person(tokens["access_token"]) == CASEWORKER
    assert await client.error("authorization_code", **exchange, code_verifier=verifier) == "invalid_grant"


async def test_a_browser_comes_back_without_a_code_where_sign_in_is_refused(issuer: SignIn) -> None:
    client = await issuer.client(CONSOLE)
    answer = await issuer.approve(client.authorization_url(secrets.token_urlsafe(48)), decision="deny")
    assert (answer.status_code, "error=access_denied" in answer.headers["location"]) == (302, True)


@pytest.mark.parametrize("redirect_uri", ["https://example.org/", "http://example.org:8009/", "javascript:alert(1)"])
async def test_a_browser_is_sent_to_this_machine_only(issuer: SignIn, redirect_uri: str) -> None:
    url = httpx.URL((await issuer.client(CONSOLE)).authorization_url(secrets.token_urlsafe(48)))
    answer = await issuer.http.get(url.copy_set_param("redirect_uri", redirect_uri))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


# -------------------------------------------------------------------------------------------- refresh and sign-out


async def sign_in(issuer: SignIn) -> tuple[OidcClient, dict[str, str]]:
    client = await issuer.client(COMMAND_LINE)
    codes = await client.request_device_code()
    await issuer.approve(codes["verification_uri_complete"])
    return client, await client.tokens(DEVICE_CODE, device_code=codes["device_code"])


async def test_a_refresh_token_is_good_once_and_brings_the_next(issuer: SignIn) -> None:
    client, first = await sign_in(issuer)
    second = await client.tokens("refresh_token", refresh_token=first["refresh_token"])
    assert await issuer.person(second["access_token"]) == CASEWORKER
    assert await client.error("refresh_token", refresh_token=first["refresh_token"]) == "invalid_grant"
    other = await issuer.client(CONSOLE)
    assert await other.error("refresh_token", refresh_token=second["refresh_token"]) == "invalid_grant"


async def test_signing_out_withdraws_the_refresh_tokens_of_that_person_and_client(issuer: SignIn) -> None:
    client, tokens = await sign_in(issuer)
    _, others = await sign_in(issuer)
    answer = await issuer.http.get(client.sign_out_url(tokens["id_token"]))
    assert (answer.status_code, answer.headers["location"]) == (302, REDIRECT_URI)
    for refresh_token in (tokens["refresh_token"], others["refresh_token"]):
        assert await client.error("refresh_token", refresh_token=refresh_token) == "invalid_grant"


async def test_nobody_is_signed_out_by_a_token_of_somebody_elses_making(issuer: SignIn) -> None:
    client, tokens = await sign_in(issuer)
    header, claims, _ = tokens["id_token"].split(".")
    assert (await issuer.http.get(client.sign_out_url(f"{header}.{claims}.AAAA"))).status_code == 400
    assert (await issuer.http.get(client.endpoints["end_session_endpoint"])).status_code == 200
    await client.tokens("refresh_token", refresh_token=tokens["refresh_token"])


# ------------------------------------------------------------------------------------------------- key and people


def test_the_key_and_the_secret_stay_and_nobody_else_reads_them(tmp_path: Path) -> None:
    first, second = (load_issuer(tmp_path / "issuer", "http://127.0.0.1:1") for _ in range(2))
    assert first.key.as_dict(private=True) == second.key.as_dict(private=True)
    assert first.query_client("o.haddad") == second.query_client("o.haddad")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "issuer").iterdir()} == {0o600}


def test_each_role_has_somebody_and_each_area_a_caseworker_and_a_supervisor() -> None:
    assert {person.role for person in SAMPLE_STAFF} == set(StaffRole)
    for role in (StaffRole.CASEWORKER, StaffRole.SUPERVISOR):
        assert set(AREAS) <= {area for person in SAMPLE_STAFF if person.role is role for area in person.areas}
