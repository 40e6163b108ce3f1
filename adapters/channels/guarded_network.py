"""HTTP to addresses that somebody entered: over the internet, or into the networks that settings allow.

Whoever may enter an agency's address could otherwise have the service ask whatever it alone can reach. The check is
made on the address to which a name resolves, and that very address is connected to, so a name that resolves otherwise a
moment later changes nothing. TLS is verified against the name. Without TLS only the allowed networks are spoken to.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address

import httpcore
import httpx

from adapters.channels.public_addresses import Address, Network, is_public, lies_in
from ports.agencies import Unreachable

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host, of which a port is wanted. Raises OSError or UnicodeError where the name has none."""

MOST_CONNECTIONS = 500
"""Each takes a file of the process, of which systems usually give 1024."""
SECONDS_KEPT_IDLE = 5.0

_SocketOptions = Iterable[httpcore.SOCKET_OPTION]


async def addresses_of(host: str, port: int) -> Sequence[Address]:
    """What the system's resolver says; a number, in whatever notation, is its own address."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(where[0]) for *_, where in found]


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient` that reaches public addresses and those in `allowed`.

    Raises Unreachable: `address_not_allowed` and `https_required` for good, `unknown_name` for now. What else goes
    wrong is raised as httpx does it.
    """

    def __init__(
        self, allowed: Sequence[Network], *, tls: ssl.SSLContext | None = None, resolve: Resolve = addresses_of
    ) -> None:
        # Neither proxies nor certificates from the environment: what is checked here is what is connected to.
        context = tls or httpx.create_ssl_context(trust_env=False)
        self._pools = {
            "https": _pool(context, _GuardedBackend(allowed, resolve, encrypted=True)),
            "http": _pool(context, _GuardedBackend(allowed, resolve, encrypted=False)),
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and give the head of the answer; its body follows."""
        pool = self._pools.get(request.url.scheme)
        if pool is None:
            raise httpx.UnsupportedProtocol("neither http nor https")
        with _raised_as_httpx():
            answer = await pool.handle_async_request(_for_core(request))
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=dict(answer.extensions)
        )

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to no address but one that was looked at."""

    def __init__(self, allowed: Sequence[Network], resolve: Resolve, *, encrypted: bool) -> None:
        self._allowed, self._resolve, self._encrypted = allowed, resolve, encrypted
        self._lookups: dict[tuple[str, int], asyncio.Future[Sequence[Address]]] = {}
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout) as limit:
                admitted = self._admitted(await self._addresses(host, port))
                return await self._first(admitted, port, limit.when(), local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        try:
            return await self._looked_up(host, port)
        except OSError:
            raise Unreachable("unknown_name") from None
        except UnicodeError:
            raise Unreachable("bad_address", permanent=True) from None

    async def _looked_up(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a name, which is looked up once for all who want it at this moment.

        A look-up keeps one of the process's few threads until the resolver gives up, whoever has stopped waiting: a
        name whose servers are away must not take them all, and with them every other name.
        """
        wanted = (host, port)
        if wanted not in self._lookups:
            self._lookups[wanted] = asyncio.ensure_future(self._resolve(host, port))
            self._lookups[wanted].add_done_callback(lambda done: self._forget(wanted, done))
        return await asyncio.shield(self._lookups[wanted])

    def _forget(self, wanted: tuple[str, int], done: "asyncio.Future[Sequence[Address]]") -> None:
        del self._lookups[wanted]
        if not done.cancelled():
            # Whoever waits still gets it; where nobody does, it is nobody's fault.
            done.exception()

    def _admitted(self, addresses: Sequence[Address]) -> list[Address]:
        """Those of `addresses` that may be connected to. Raises Unreachable where there is none."""
        admitted = [each for each in addresses if lies_in(each, self._allowed) or (self._encrypted and is_public(each))]
        if not admitted:
            hidden = not any(is_public(each) for each in addresses)
            raise Unreachable("address_not_allowed" if hidden else "https_required", permanent=True)
        return admitted

    async def _first(
        self,
        addresses: Sequence[Address],
        port: int,
        until: float | None,
        local_address: str | None,
        options: _SocketOptions | None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that takes one; each gets its share of the time that is left."""
        *others, last = addresses
        for number, address in enumerate(others):
            share = _left(until, len(addresses) - number)
            try:
                return await self._network.connect_tcp(str(address), port, share, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(last), port, None, local_address, options)


def _left(until: float | None, shares: int) -> float | None:
    """Seconds until `until` by the loop's clock, divided by `shares`."""
    return None if until is None else (until - asyncio.get_running_loop().time()) / shares


class _Body(httpx.AsyncByteStream):
    """The body of an answer as it comes in."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _raised_as_httpx():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


def _pool(tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=MOST_CONNECTIONS,
        keepalive_expiry=SECONDS_KEPT_IDLE,
        network_backend=backend,
    )


def _for_core(request: httpx.Request) -> httpcore.Request:
    url = request.url
    assert isinstance(request.stream, httpx.AsyncByteStream)
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def _raised_as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as httpx's of the same name; the cause, which may be one of `ssl`, stays beside them."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from (error.__cause__ or error.__context__ or error)
