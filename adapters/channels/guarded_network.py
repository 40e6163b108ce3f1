"""HTTP to addresses that somebody entered: over the internet, or into the networks that the settings allow.

Otherwise anybody who may enter an agency's address could have the service reach what only it can reach. The address to
which a name resolves is checked, and that very address is connected to, so that a name which resolves differently a
moment later changes nothing. TLS is verified against the name. Without TLS only the allowed networks are reached.
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
"""Returns the addresses of a host for a port. Raises OSError or UnicodeError where the name has none."""

MAX_CONNECTIONS = 500
"""Each takes a file of the process, of which systems usually give 1024."""
KEEPALIVE_SECONDS = 5.0

_SocketOptions = Iterable[httpcore.SOCKET_OPTION]


async def resolve_host(host: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver; a number, in whatever notation, is its own address."""
    results = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(address[0]) for *_, address in results]


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient` that reaches public addresses and those in `allowed`.

    Raises Unreachable: permanently `address_not_allowed` and `https_required`, temporarily `unknown_name`. Other errors
    are httpx's.
    """

    def __init__(
        self, allowed: Sequence[Network], *, tls: ssl.SSLContext | None = None, resolve: Resolve = resolve_host
    ) -> None:
        # Neither proxies nor certificates from the environment: what is checked here is what is connected to.
        context = tls or httpx.create_ssl_context(trust_env=False)
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEPALIVE_SECONDS,
                network_backend=_GuardedBackend(allowed, resolve, encrypted=scheme == "https"),
            )
            for scheme in ("https", "http")
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the head of the reply; its body follows."""
        url = request.url
        pool = self._pools.get(url.scheme)
        if pool is None:
            raise httpx.UnsupportedProtocol("neither http nor https")
        assert isinstance(request.stream, httpx.AsyncByteStream)
        core_request = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _raise_as_httpx():
            response = await pool.handle_async_request(core_request)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_ResponseStream(response),
            extensions=dict(response.extensions),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were checked."""

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
                resolved = await self._look_up(host, port)
                usable = [
                    address
                    for address in resolved
                    if lies_in(address, self._allowed) or (self._encrypted and is_public(address))
                ]
                if not usable:
                    hidden = not any(is_public(address) for address in resolved)
                    raise Unreachable("address_not_allowed" if hidden else "https_required", permanent=True)
                return await self._connect_to_first(usable, port, limit.when(), local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        """Look up a name once for all who want it at this moment.

        A lookup occupies one of the process's few threads until the resolver gives up, even if nobody waits for it any
        more. A name whose servers do not answer must not occupy all of them.
        """
        name = (host, port)

        def forget(done: "asyncio.Future[Sequence[Address]]") -> None:
            del self._lookups[name]
            if not done.cancelled():
                # Read it, so that asyncio does not log it where nobody waits any more.
                done.exception()

        if name not in self._lookups:
            self._lookups[name] = asyncio.ensure_future(self._resolve(host, port))
            self._lookups[name].add_done_callback(forget)
        try:
            return await asyncio.shield(self._lookups[name])
        except OSError:
            raise Unreachable("unknown_name") from None
        except UnicodeError:
            raise Unreachable("bad_address", permanent=True) from None

    async def _connect_to_first(
        self,
        addresses: Sequence[Address],
        port: int,
        until: float | None,
        local_address: str | None,
        options: _SocketOptions | None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that accepts; each gets its share of the time until `until`, by the loop."""
        *others, last = addresses
        for number, address in enumerate(others):
            remaining = None if until is None else until - asyncio.get_running_loop().time()
            share = None if remaining is None else remaining / (len(addresses) - number)
            try:
                return await self._network.connect_tcp(str(address), port, share, local_address, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(last), port, None, local_address, options)


class _ResponseStream(httpx.AsyncByteStream):
    """The body of a response as it comes in."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _raise_as_httpx():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()


@contextmanager
def _raise_as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as httpx's of the same name, with the cause, which may be one of `ssl`."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from (error.__cause__ or error.__context__ or error)
