"""The issuer's keys: how they are found, changed, and kept while it is away; and that nobody can have it hammered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jws import JWSRegistry

from adapters.identity.issuer import MAX_BYTES, Issuer
from adapters.identity.keys import ALGORITHMS, IssuerKeys, RefreshIntervals, usable_keys
from devstack.processes import free_port
from ports.authentication import IssuerUnavailable, TokenError, TokenRefused
from tests.issuers import TestIssuer, issuer_served, new_key

AT_ONCE = RefreshIntervals(least=0)
NOT_AGAIN = RefreshIntervals(least=3_600)


@pytest.fixture
async def issuer() -> AsyncIterator[TestIssuer]:
    async with issuer_served() as issuer:
        yield issuer


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as http:
        yield http


def keys_of(
    issuer: TestIssuer, http: httpx.AsyncClient, pace: RefreshIntervals = AT_ONCE, jwks_url: str = ""
) -> IssuerKeys:
    return IssuerKeys(Issuer(http, issuer.url, jwks_url).fetch_keys, ("RS256", "ES256", "EdDSA"), pace)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - it is what the issuer counts
            await asyncio.sleep(0.01)


async def is_unknown(keys: IssuerKeys, kid: str) -> bool:
    with pytest.raises(TokenRefused) as refused:
        await keys.find(kid, "ES256")
    return refused.value.fault is TokenError.UNKNOWN_KEY


async def test_keys_are_found_by_discovery_once_for_many_tokens(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    keys = keys_of(issuer, http, NOT_AGAIN)
    await asyncio.gather(*(keys.find("first", "ES256") for _ in range(20)))
    assert issuer.asked == {"discovery": 1, "keys": 1}


async def test_an_address_that_is_named_needs_no_discovery(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    await keys_of(issuer, http, jwks_url=f"{issuer.url}/keys").find("first", "ES256")
    assert issuer.asked == {"keys": 1}


async def test_a_new_key_is_found_when_a_token_names_it(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    keys = keys_of(issuer, http)
    await keys.find("first", "ES256")
    issuer.keys = [new_key("second")]
    await keys.find("second", "ES256")
    assert await is_unknown(keys, "first")


async def test_names_of_keys_that_are_made_up_do_not_have_the_issuer_hammered(
    issuer: TestIssuer, http: httpx.AsyncClient
) -> None:
    keys = keys_of(issuer, http, NOT_AGAIN)
    assert await asyncio.gather(*(is_unknown(keys, f"forged-{number}") for number in range(50))) == [True] * 50
    assert issuer.asked["keys"] == 1
    await keys.find("first", "ES256")


async def test_the_last_good_keys_serve_on_while_the_issuer_is_unavailable(
    issuer: TestIssuer, http: httpx.AsyncClient
) -> None:
    keys = keys_of(issuer, http)
    await keys.find("first", "ES256")
    issuer.status = 503
    with pytest.raises(IssuerUnavailable):
        await keys.find("second", "ES256")
    await keys.find("first", "ES256")


async def test_but_not_for_ever(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    keys = keys_of(issuer, http, RefreshIntervals(least=0, max_age=0))
    issuer.status = 503
    with pytest.raises(IssuerUnavailable):
        await keys.find("first", "ES256")


async def test_without_any_key_yet_a_token_can_only_be_tried_again(issuer: TestIssuer, http: httpx.AsyncClient) -> None:
    keys = keys_of(issuer, http)
    issuer.status = 500
    with pytest.raises(IssuerUnavailable):
        await keys.find("first", "ES256")
    issuer.status = 200
    await keys.find("first", "ES256")


async def test_an_issuer_that_is_unavailable_is_not_asked_by_every_request(
    issuer: TestIssuer, http: httpx.AsyncClient
) -> None:
    keys = keys_of(issuer, http, NOT_AGAIN)
    issuer.status = 503
    for _ in range(5):
        with pytest.raises(IssuerUnavailable):
            await keys.find("first", "ES256")
    assert issuer.asked["discovery"] == 1


async def test_an_issuer_that_nobody_serves_is_unavailable(http: httpx.AsyncClient) -> None:
    with pytest.raises(IssuerUnavailable):
        await keys_of(TestIssuer(f"http://127.0.0.1:{free_port(None)}"), http).find("first", "ES256")


async def test_keys_are_fetched_again_and_again_and_one_that_was_withdrawn_opens_nothing_more(
    issuer: TestIssuer, http: httpx.AsyncClient
) -> None:
    keys = keys_of(issuer, http, RefreshIntervals(usual=0.01, least=0.01))
    async with keys.refresh_in_background():
        await until(lambda: issuer.asked["keys"] >= 2)
        issuer.keys = [new_key("second")]
        fetched = issuer.asked["keys"]
        await until(lambda: issuer.asked["keys"] >= fetched + 2)
        await keys.find("second", "ES256")
        assert await is_unknown(keys, "first")
        issuer.status = 503
        fetched = issuer.asked["discovery"]
        await until(lambda: issuer.asked["discovery"] >= fetched + 2)
        await keys.find("second", "ES256")


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://another.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "gopher"},
        {"padding": "a" * (MAX_BYTES + 1)},
    ],
)
async def test_a_discovery_document_that_cannot_be_used_is_as_good_as_none(
    http: httpx.AsyncClient, discovery: dict[str, Any]
) -> None:
    async with issuer_served(TestIssuer(discovery=discovery)) as issuer:
        with pytest.raises(IssuerUnavailable):
            await keys_of(issuer, http).find("first", "ES256")


async def test_an_issuer_by_https_cannot_send_us_to_keys_without(http: httpx.AsyncClient) -> None:
    issuer = Issuer(http, "https://issuer.example")
    assert [issuer._is_as_safe(url) for url in ("https://keys.example", "http://keys.example")] == [True, False]


async def test_keys_that_verify_no_signature_are_left_out_and_spoil_no_other(http: httpx.AsyncClient) -> None:
    good, short = new_key("good"), new_key("short", "RS256", bits=1024)
    odd: list[Any] = [
        None,
        "key",
        {},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "EC", "crv": "P-256", "kid": "no-point", "alg": "ES256"},
        {**new_key("for-encryption").public_key, "use": "enc"},
        {**new_key("for-wrapping").public_key, "key_ops": ["wrapKey"]},
        {**new_key("of-another").public_key, "alg": "ES384"},
        {**new_key("x").public_key, "kid": 7},
        short.public_key,
    ]
    async with issuer_served(TestIssuer(published=[*odd, good.public_key])) as issuer:
        keys = keys_of(issuer, http, NOT_AGAIN)
        await keys.find("good", "ES256")
        for kid in ("for-encryption", "for-wrapping", "of-another", "no-point", "shared"):
            assert await is_unknown(keys, kid)
        with pytest.raises(TokenRefused):
            await keys.find("short", "RS256")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4), each, max_size=3),
    max_leaves=4,
)
MEMBERS = ("kty", "crv", "alg", "use", "key_ops", "kid", "n", "e", "x", "y", "d")
ODD_KEYS = st.builds(
    lambda base, changes: {**base.public_key, **changes},
    st.sampled_from([new_key("ec"), new_key("rsa", "RS256"), new_key("ed", "EdDSA")]),
    st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=3),
)


@given(JSON | ODD_KEYS)
def test_whatever_an_issuer_publishes_is_a_key_or_left_out(published: Any) -> None:
    for algorithm, key in usable_keys(published, tuple(ALGORITHMS)):
        JWSRegistry.algorithms[algorithm].check_key(key)


async def test_a_private_half_that_an_issuer_publishes_by_mistake_is_not_taken(http: httpx.AsyncClient) -> None:
    key = new_key("leaked")
    async with issuer_served(TestIssuer(published=[{**key.public_key, "d": "AAAA"}])) as issuer:
        found = await keys_of(issuer, http).find("leaked", "ES256")
        assert not found.is_private
