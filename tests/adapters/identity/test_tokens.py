"""Which tokens are taken, and which forgeries are not, with real keys that are published over real HTTP."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.identity.claims import ClaimNames
from adapters.identity.issuer import Issuer
from adapters.identity.keys import ALGORITHMS, IssuerKeys, RefreshIntervals
from adapters.identity.tokens import MAX_LENGTH, TokenRules, TokenVerifier
from domain.people import Person, StaffRole
from ports.authentication import TokenError, TokenRefused
from tests.issuers import AUDIENCE, TestIssuer, issuer_served, new_key

pytestmark = pytest.mark.spec  # RFC 7515, RFC 7519, RFC 8725, RFC 9068

EVERY = tuple(ALGORITHMS)


@pytest.fixture(scope="module")
async def issuer() -> AsyncIterator[TestIssuer]:
    async with issuer_served(TestIssuer(keys=[new_key("ec"), new_key("rsa", "RS256")])) as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


@pytest.fixture(scope="module")
async def verifier(issuer: TestIssuer, http: httpx.AsyncClient) -> TokenVerifier:
    return verifier_of(issuer, http)


def verifier_of(
    issuer: TestIssuer, http: httpx.AsyncClient, *algorithms: str, names: ClaimNames | None = None
) -> TokenVerifier:
    chosen = algorithms or ("RS256", "ES256", "EdDSA")
    keys = IssuerKeys(Issuer(http, issuer.url).fetch_keys, chosen, RefreshIntervals(least=0))
    return TokenVerifier(keys, TokenRules(issuer.url, AUDIENCE, chosen, names or ClaimNames()))


async def fault(verifier: TokenVerifier, token: str) -> TokenError:
    with pytest.raises(TokenRefused) as refused:
        await verifier.person(token)
    assert refused.value.detail
    return refused.value.fault


def part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


async def test_a_good_token_says_who_it_is_what_they_may_and_where(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    assert await verifier.person(issuer.token()) == Person(
        "s.lindqvist", frozenset({StaffRole.SUPERVISOR}), frozenset({"eastmoor"})
    )


@pytest.mark.parametrize("algorithm", EVERY)
async def test_every_algorithm_with_a_public_key_can_be_used(http: httpx.AsyncClient, algorithm: str) -> None:
    async with issuer_served(TestIssuer(keys=[new_key("one", algorithm)])) as issuer:
        assert (await verifier_of(issuer, http, *EVERY).person(issuer.token())).id == "s.lindqvist"
        others = tuple(other for other in EVERY if other != algorithm)
        assert await fault(verifier_of(issuer, http, *others), issuer.token()) is TokenError.ALGORITHM


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exp": 1_000_000_000}, TokenError.EXPIRED),
        ({"exp": None}, TokenError.CLAIMS),
        ({"exp": "soon"}, TokenError.CLAIMS),
        ({"exp": 1e400}, TokenError.CLAIMS),
        ({"nbf": 4_000_000_000}, TokenError.NOT_YET),
        ({"iat": 4_000_000_000}, TokenError.NOT_YET),
        ({"iss": "https://issuer.example"}, TokenError.ISSUER),
        ({"iss": None}, TokenError.CLAIMS),
        ({"aud": "another-service"}, TokenError.AUDIENCE),
        ({"aud": []}, TokenError.AUDIENCE),
        ({"aud": None}, TokenError.CLAIMS),
        ({"sub": None}, TokenError.CLAIMS),
        ({"sub": ""}, TokenError.CLAIMS),
        ({"sub": "auth0|1"}, TokenError.CLAIMS),
        ({"sub": "s lindqvist"}, TokenError.CLAIMS),
        ({"sub": "s.lindqvist\n"}, TokenError.CLAIMS),
        ({"sub": "a" * 101}, TokenError.CLAIMS),
    ],
)
async def test_a_claim_that_is_not_as_it_must_be_opens_nothing(
    issuer: TestIssuer, verifier: TokenVerifier, changes: dict[str, Any], expected: TokenError
) -> None:
    assert await fault(verifier, issuer.token(**changes)) is expected


async def test_clocks_may_differ_by_half_a_minute(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    now = int(time.time())
    await verifier.person(issuer.token(exp=now - 15, nbf=now + 15, iat=now + 15))
    assert await fault(verifier, issuer.token(exp=now - 45)) is TokenError.EXPIRED
    assert await fault(verifier, issuer.token(nbf=now + 45)) is TokenError.NOT_YET


@pytest.mark.parametrize("audience", [AUDIENCE, ["other", AUDIENCE]])
async def test_a_token_may_be_for_others_as_well(issuer: TestIssuer, verifier: TokenVerifier, audience: object) -> None:
    await verifier.person(issuer.token(aud=audience))


async def test_an_unsigned_token_opens_nothing(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    for name in ("none", "None", "nOnE", ""):
        token = f"{part({'alg': name, 'kid': 'ec', 'typ': 'JWT'})}.{part(issuer.claims())}."
        assert await fault(verifier, token) is TokenError.ALGORITHM


async def test_a_public_key_used_as_a_shared_secret_opens_nothing(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    for key in issuer.keys:
        for secret in (
            key.key.as_pem(private=False),
            json.dumps(key.public_key).encode(),
        ):
            signed = f"{part({'alg': 'HS256', 'kid': key.kid, 'typ': 'JWT'})}.{part(issuer.claims())}"
            signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            assert await fault(verifier, f"{signed}.{part(signature)}") is TokenError.ALGORITHM


async def test_a_key_that_a_token_brings_or_points_to_is_not_looked_at(
    issuer: TestIssuer, verifier: TokenVerifier
) -> None:
    forger = new_key("ec")
    for header in ({"jwk": forger.public_key}, {"jku": "http://127.0.0.1:9/keys"}, {"x5u": "http://127.0.0.1:9"}):
        assert await fault(verifier, issuer.token(key=forger, header=header)) is TokenError.SIGNATURE


async def test_a_key_of_one_kind_verifies_no_token_of_another(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    ec, rsa = issuer.keys
    assert await fault(verifier, issuer.token(key=replace(ec, kid=rsa.kid))) is TokenError.UNKNOWN_KEY
    assert await fault(verifier, issuer.token(key=new_key("nobody's"))) is TokenError.UNKNOWN_KEY


async def test_a_claim_changed_after_it_was_signed_opens_nothing(issuer: TestIssuer, verifier: TokenVerifier) -> None:
    header, _, signature = issuer.token().split(".")
    token = f"{header}.{part(issuer.claims(roles=['admin'], areas=['*']))}.{signature}"
    assert await fault(verifier, token) is TokenError.SIGNATURE


@pytest.mark.parametrize(
    "token",
    [
        "",
        "zebra",
        "a.b",
        "a.b.c.d.e",
        "..",
        "\N{SNOWMAN}.b.c",
        f"{part([])}.{part({})}.",
        f"{part('text')}.{part({})}.",
        f"{part(b'[' * 5_000)}.{part({})}.",
        f"{part({'alg': 'ES256', 'typ': 5})}.{part({})}.",
        f"{part({'alg': 'ES256', 'kid': 5})}.{part({})}.",
        "a" * (MAX_LENGTH + 1),
    ],
)
async def test_what_is_no_token_is_malformed(verifier: TokenVerifier, token: str) -> None:
    assert await fault(verifier, token) is TokenError.MALFORMED


@pytest.mark.parametrize("alg", [None, 5, ["ES256"], {}])
async def test_an_algorithm_that_is_no_text_is_none(verifier: TokenVerifier, alg: object) -> None:
    assert await fault(verifier, f"{part({'alg': alg, 'kid': 'ec'})}.{part({})}.") is TokenError.ALGORITHM


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_an_access_token_says_so_or_nothing(issuer: TestIssuer, verifier: TokenVerifier, typ: str) -> None:
    await verifier.person(issuer.token(header={"typ": typ}))


async def test_a_token_of_another_kind_and_one_with_what_nobody_understands_are_refused(
    issuer: TestIssuer, verifier: TokenVerifier
) -> None:
    for header in ({"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"crit": ["exp"], "exp": 1}):
        assert await fault(verifier, issuer.token(header=header)) is TokenError.MALFORMED


async def test_a_token_need_not_name_the_only_key_of_its_kind(
    issuer: TestIssuer, verifier: TokenVerifier, http: httpx.AsyncClient
) -> None:
    key = issuer.keys[0]
    token = key.sign({"alg": key.algorithm}, issuer.claims())
    assert (await verifier.person(token)).id == "s.lindqvist"
    issuer.keys.append(new_key("ec-2"))
    try:
        assert await fault(verifier_of(issuer, http), token) is TokenError.UNKNOWN_KEY
    finally:
        issuer.keys.pop()


@pytest.mark.parametrize(
    ("claims", "roles", "areas"),
    [
        ({"roles": None, "areas": None}, set(), set()),
        ({"roles": ["caseworker", "auditor", "king"]}, {"caseworker", "auditor"}, {"eastmoor"}),
        (
            {"roles": "admin supervisor", "areas": "eastmoor westhaven"},
            {"admin", "supervisor"},
            {"eastmoor", "westhaven"},
        ),
        ({"roles": [["admin"], {"admin": 1}, None, 7], "areas": {"eastmoor": True}}, set(), set()),
        ({"areas": ["eastmoor", "*"]}, {"supervisor"}, None),
        ({"areas": []}, {"supervisor"}, set()),
        ({"roles": ["ADMIN"]}, set(), {"eastmoor"}),
    ],
)
async def test_roles_and_areas_are_lists_or_words_and_others_are_left_out(
    issuer: TestIssuer, verifier: TokenVerifier, claims: dict[str, Any], roles: set[str], areas: set[str] | None
) -> None:
    person = await verifier.person(issuer.token(**claims))
    assert ({role.value for role in person.roles}, person.areas) == (roles, areas)


async def test_claims_may_have_other_names_and_lie_deeper(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    names = ClaimNames("realm_access.roles", "https://casework.example/areas", "preferred_username")
    claims: dict[str, Any] = {
        "sub": "{auto}|7",
        "realm_access": {"roles": ["caseworker"]},
        "preferred_username": "c.okafor",
        "https://casework.example/areas": ["westhaven"],
    }
    token = issuer.token(**claims)
    person = await verifier_of(issuer, http, names=names).person(token)
    assert person == Person("c.okafor", frozenset({StaffRole.CASEWORKER}), frozenset({"westhaven"}))
    assert await fault(verifier_of(issuer, http, names=names), issuer.token()) is TokenError.CLAIMS


def test_a_token_of_which_a_letter_was_changed_opens_nothing_or_says_the_same() -> None:
    """The same where the letter changes bits that base64 leaves unused."""
    issuer = TestIssuer("https://issuer.example")
    key, token = issuer.keys[0], issuer.token()

    async def list_keys() -> list[Any]:
        return [key.public_key]

    keys = IssuerKeys(list_keys, ("ES256",), RefreshIntervals(least=0))
    verifier = TokenVerifier(keys, TokenRules(issuer.url, AUDIENCE, ("ES256",), ClaimNames()))
    good = asyncio.run(verifier.person(token))

    @given(st.integers(0, len(token) - 1), st.characters(max_codepoint=127))
    def change_letter(at: int, letter: str) -> None:
        with suppress(TokenRefused):
            assert asyncio.run(verifier.person(token[:at] + letter + token[at + 1 :])) == good

    change_letter()
