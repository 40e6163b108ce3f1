"""Where the service may be led by an address that somebody entered: tried on real sockets."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.channels import guarded_network
from adapters.channels.guarded_network import GuardedTransport, Resolve, resolve_host
from adapters.channels.public_addresses import Address, Network
from devstack.processes import free_port
from ports.agencies import Unreachable
from tests.certificates import Authority
from tests.serving import LOOPBACK

NAME = "asks.prison.example"
PUBLIC = ip_address("93.184.215.14")
INSIDE = ip_address("127.0.0.1")
TLS = ssl.create_default_context()
"""Loaded once for all tests."""


@dataclass
class Resolver:
    """A resolver in the test's hands: gives `answers` one after the other, and the last one again and again."""

    answers: list[list[Address] | Exception]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Service:
    """Something that answers `inside` to anybody who connects; `names` are those that TLS was begun under."""

    port: int
    connections: int = 0
    names: list[str | None] = field(default_factory=list)


@asynccontextmanager
async def inside(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[Service]:
    service = Service(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ninside")
        await writer.drain()
        writer.close()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: service.names.append(name)
    async with await asyncio.start_server(answer, host, 0, ssl=tls) as server:
        service.port = server.sockets[0].getsockname()[1]
        yield service


async def get(
    url: str, allowed: Sequence[Network] = (), *, tls: ssl.SSLContext = TLS, resolve: Resolve = resolve_host
) -> str:
    transport = GuardedTransport(allowed, tls=tls, resolve=resolve)
    async with httpx.AsyncClient(transport=transport, timeout=2) as client:
        return (await client.get(url)).text


async def refusal(url: str, allowed: Sequence[Network] = (), *, resolve: Resolve = resolve_host) -> tuple[str, bool]:
    """The code with which `url` is refused, and whether for good."""
    with pytest.raises(Unreachable) as raised:
        await get(url, allowed, resolve=resolve)
    return raised.value.code, raised.value.permanent


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1"])
async def test_our_own_machine_is_not_reached_in_whatever_way_it_is_written(scheme: str, host: str) -> None:
    async with inside() as service:
        assert await refusal(f"{scheme}://{host}:{service.port}/") == ("address_not_allowed", True)
    assert service.connections == 0


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "[fe80::1]", "[::]"])
async def test_no_private_address_is_connected_to(host: str) -> None:
    assert await refusal(f"https://{host}/latest/meta-data/") == ("address_not_allowed", True)


async def test_a_network_that_settings_allow_is_reached_without_tls_too() -> None:
    async with inside() as service:
        assert await get(f"http://127.0.0.1:{service.port}/", LOOPBACK) == "inside"
        assert await get(f"http://[::ffff:127.0.0.1]:{service.port}/", LOOPBACK) == "inside"
    async with inside("::1") as service:
        assert await get(f"http://[::1]:{service.port}/", [ip_network("::1/128")]) == "inside"


async def test_an_allowed_network_allows_no_other() -> None:
    assert await refusal("http://10.0.0.1/", LOOPBACK) == ("address_not_allowed", True)


async def test_the_internet_is_not_spoken_to_without_tls() -> None:
    assert await refusal(f"http://{PUBLIC}/") == ("https_required", True)


async def test_a_public_name_that_resolves_to_the_inside_is_refused() -> None:
    async with inside() as service:
        resolver = Resolver([[INSIDE]])
        assert await refusal(f"https://{NAME}:{service.port}/", resolve=resolver) == ("address_not_allowed", True)
    assert service.connections == 0


async def test_a_name_that_resolves_to_the_inside_only_the_second_time_leads_nowhere() -> None:
    """The classic way round such a check: looked up once for it, and once more to connect."""
    async with inside() as service:
        resolver = Resolver([[ip_address("203.0.113.1")], [INSIDE]])
        refused = await refusal(f"https://{NAME}:{service.port}/", resolve=resolver)

    assert refused == ("address_not_allowed", True)
    assert resolver.asked == [NAME]
    assert service.connections == 0


async def test_the_address_that_was_looked_at_is_the_one_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name with a public address, of which a second look would give one inside: nobody takes a second look."""
    monkeypatch.setattr(guarded_network, "is_public", lambda address: address == IPv4Address("127.0.0.2"))
    authority, resolver = Authority(tmp_path), Resolver([[ip_address("127.0.0.2")], [INSIDE]])
    ours = ssl.create_default_context(cafile=str(authority.file))
    async with inside("127.0.0.2", authority.server(NAME)) as looked_at:
        assert await get(f"https://{NAME}:{looked_at.port}/", tls=ours, resolve=resolver) == "inside"

    assert (resolver.asked, looked_at.connections) == ([NAME], 1)


async def test_of_several_addresses_only_those_allowed_are_tried() -> None:
    async with inside() as service:
        resolver = Resolver([[ip_address("10.0.0.1"), INSIDE]])
        assert await get(f"http://{NAME}:{service.port}/", LOOPBACK, resolve=resolver) == "inside"


async def test_an_address_at_which_nobody_is_does_not_hide_the_next_one() -> None:
    async with inside() as service:
        resolver = Resolver([[ip_address("127.0.0.9"), INSIDE]])
        assert await get(f"http://{NAME}:{service.port}/", LOOPBACK, resolve=resolver) == "inside"


async def test_where_nobody_is_at_any_address_it_is_a_failure_to_connect() -> None:
    resolver = Resolver([[ip_address("127.0.0.9"), INSIDE]])

    with pytest.raises(httpx.ConnectError):
        await get(f"http://{NAME}:{free_port()}/", LOOPBACK, resolve=resolver)


async def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    resolver = Resolver([OSError("no such name")])

    assert await refusal(f"https://{NAME}/", resolve=resolver) == ("unknown_name", False)


async def test_a_name_that_can_be_none_is_refused_for_good() -> None:
    assert await refusal(f"https://{'a' * 64}.example/") == ("bad_address", True)


async def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    async def hangs(_host: str, _port: int) -> Sequence[Address]:
        await asyncio.sleep(60)
        return []

    async with httpx.AsyncClient(transport=GuardedTransport((), tls=TLS, resolve=hangs), timeout=0.2) as client:
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(f"https://{NAME}/")


async def test_tls_is_verified_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    ours = ssl.create_default_context(cafile=str(authority.file))
    async with inside(tls=authority.server(NAME)) as service:
        resolver = Resolver([[INSIDE]])
        assert await get(f"https://{NAME}:{service.port}/", LOOPBACK, tls=ours, resolve=resolver) == "inside"

    assert service.names == [NAME]


@pytest.mark.parametrize(("called", "days"), [("other.example", 1), ("127.0.0.1", 1), (NAME, -1)])
async def test_a_certificate_of_another_name_or_time_is_not_taken(tmp_path: Path, called: str, days: int) -> None:
    authority = Authority(tmp_path)
    ours = ssl.create_default_context(cafile=str(authority.file))
    async with inside(tls=authority.server(called, days=days)) as service:
        with pytest.raises(httpx.ConnectError) as raised:
            await get(f"https://{NAME}:{service.port}/", LOOPBACK, tls=ours, resolve=Resolver([[INSIDE]]))

    assert isinstance(raised.value.__cause__, ssl.SSLCertVerificationError)
    assert service.connections == 0


async def test_an_authority_that_nobody_knows_is_not_trusted(tmp_path: Path) -> None:
    async with inside(tls=Authority(tmp_path).server(NAME)) as service:
        with pytest.raises(httpx.ConnectError):
            await get(f"https://{NAME}:{service.port}/", LOOPBACK, resolve=Resolver([[INSIDE]]))


async def test_no_certificate_authority_of_the_environment_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    transport = GuardedTransport(LOOPBACK, resolve=Resolver([[INSIDE]]))
    async with inside(tls=authority.server(NAME)) as service, httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"https://{NAME}:{service.port}/")


async def test_no_proxy_of_the_environment_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{free_port()}")
    async with inside() as service:
        assert await get(f"http://127.0.0.1:{service.port}/", LOOPBACK) == "inside"


@pytest.mark.parametrize("url", ["ftp://asks.prison.example/", "file:///etc/passwd", "gopher://127.0.0.1/"])
async def test_nothing_but_http_is_spoken(url: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        await get(url, LOOPBACK)


async def test_a_name_whose_servers_hang_keeps_no_other_from_being_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver keeps a thread for each look-up until it gives up, and threads are few."""
    found, over = socket.getaddrinfo, threading.Event()

    def hang(host: str, *rest: Any, **named: Any) -> Any:
        if host == NAME:
            over.wait(10)
        return found(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    transport = GuardedTransport(LOOPBACK, tls=TLS)
    try:
        async with inside() as service, httpx.AsyncClient(transport=transport, timeout=2) as client:
            asking = [asyncio.create_task(client.get(f"https://{NAME}/")) for _ in range(40)]
            await asyncio.sleep(0.1)
            assert (await client.get(f"http://127.0.0.1:{service.port}/")).text == "inside"
            raised = await asyncio.gather(*asking, return_exceptions=True)
    finally:
        over.set()

    assert {type(error) for error in raised} == {httpx.ConnectTimeout}
