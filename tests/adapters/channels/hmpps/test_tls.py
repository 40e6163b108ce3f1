"""Who gets into the register, and who sees our certificate and key: real mutual TLS on both sides."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.certificates import Certificates, load_certificates
from devstack.register import create_register
from ports.agencies import Unreachable
from tests.registers import API_KEY, Client, access_by, serve_tls

NOT_LET_IN = (("tls", False), ("broken_off", False))
"""The register's word that it does not take our certificate may get lost as it closes the connection."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return load_certificates(tmp_path_factory.mktemp("register"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates of another CA."""
    return load_certificates(tmp_path_factory.mktemp("strangers"))


@pytest.fixture(scope="module")
async def client(certificates: Certificates) -> AsyncIterator[Client]:
    async with serve_tls(create_register(API_KEY), certificates) as url:
        yield Client(url, access_by(certificates))


async def get_failure(client: Client, **access: Any) -> tuple[str, bool]:
    """How a trace fails that is opened by what `access` changes: its code, and whether that is for good."""
    assert client.access is not None
    with pytest.raises(Unreachable) as raised:
        await replace(client, access=replace(client.access, **access)).ask()
    return raised.value.code, raised.value.permanent


async def test_certificate_and_key_open_the_register(client: Client) -> None:
    assert (await client.ask()).data == {"answer": "not_found"}


async def test_nobody_gets_in_without_a_certificate(certificates: Certificates, client: Client) -> None:
    # Our own client always shows one, so this is asked with another.
    tls = ssl.create_default_context(cafile=certificates.ca)
    for shows_it in (False, True):
        if shows_it:
            tls.load_cert_chain(certificates.client, certificates.client_key)
        async with httpx.AsyncClient(verify=tls, headers={"x-api-key": API_KEY}) as asking:
            if shows_it:
                assert (await asking.get(f"{client.url}/v1/persons")).status_code == 400
            else:
                with pytest.raises(httpx.TransportError):
                    await asking.get(f"{client.url}/v1/persons")


async def test_a_certificate_of_another_ca_is_refused(client: Client, strangers: Certificates) -> None:
    assert await get_failure(client, certificate=strangers.client, key=strangers.client_key) in NOT_LET_IN


async def test_a_servers_certificate_is_no_clients(client: Client, certificates: Certificates) -> None:
    assert await get_failure(client, certificate=certificates.server, key=certificates.server_key) in NOT_LET_IN


async def test_a_register_of_another_ca_sees_neither_our_key_nor_a_name(
    client: Client, strangers: Certificates
) -> None:
    assert await get_failure(client, ca=strangers.ca) == ("certificate", False)


async def test_without_a_ca_of_its_own_the_systems_are_trusted(client: Client) -> None:
    assert await get_failure(client, ca=None) == ("certificate", False)


async def test_a_key_that_does_not_fit_the_certificate_cannot_be_used(client: Client, strangers: Certificates) -> None:
    assert await get_failure(client, key=strangers.client_key) == ("unusable_certificate", False)


@pytest.mark.parametrize("broken", ["certificate", "key", "ca"])
async def test_a_file_that_is_not_there_keeps_only_the_register_from_work(
    client: Client, tmp_path: Path, broken: str
) -> None:
    assert await get_failure(client, **{broken: tmp_path / "gone.pem"}) == ("unusable_certificate", False)


async def test_a_file_that_was_corrected_is_used_without_a_restart(
    client: Client, certificates: Certificates, tmp_path: Path
) -> None:
    key = tmp_path / "client.key"
    async with replace(client, access=access_by(certificates, key=key)).channel() as channel:
        with pytest.raises(Unreachable, match="unusable_certificate"):
            await channel.ping(client.agency)
        key.write_bytes(certificates.client_key.read_bytes())
        assert await channel.ping(client.agency) == "the register accepts our certificate and our key"


@pytest.mark.parametrize("wrong", ["", "another", f"{API_KEY}2"])
async def test_a_wrong_api_key_is_a_matter_for_people_at_once(client: Client, wrong: str) -> None:
    assert await get_failure(client, api_key=wrong) == ("not_authorised", True)


async def test_a_ping_with_a_wrong_api_key_says_so(client: Client, certificates: Certificates) -> None:
    with pytest.raises(Unreachable) as raised:
        await replace(client, access=access_by(certificates, api_key="another")).ping()
    assert (raised.value.code, raised.value.permanent) == ("not_authorised", True)


async def test_a_register_at_an_address_that_is_not_allowed_is_not_reached(client: Client) -> None:
    channel = client.channel()
    channel._allowed = ()
    async with channel:
        with pytest.raises(Unreachable) as raised:
            await channel.ping(client.agency)
    assert (raised.value.code, raised.value.permanent) == ("address_not_allowed", True)


async def test_a_register_that_is_unavailable_is_asked_again(client: Client) -> None:
    with pytest.raises(Unreachable) as raised:
        await replace(client, url="https://127.0.0.1:1").ask()
    assert (raised.value.code, raised.value.permanent) == ("refused", False)


def test_our_side_speaks_no_older_tls_than_1_2(certificates: Certificates) -> None:
    assert access_by(certificates).context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_access_shows_its_key_to_nobody(certificates: Certificates) -> None:
    assert API_KEY not in repr(access_by(certificates))
