"""The HMPPS External API over HTTP: mutual TLS, an API key, bounded responses, and the meaning of each status."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.http_replies import is_permanent, retry_after, to_unreachable
from adapters.channels.public_addresses import Network
from ports.agencies import Unreachable

CONNECT_TIMEOUT = 5.0
REQUEST_TIMEOUT = 10.0
MAX_BYTES = 1_000_000

NOT_AUTHORISED = "not_authorised"
"""Our certificate, our key, or what they may read: a matter of configuration, which a repeat cannot change."""


@dataclass(frozen=True, slots=True)
class RegisterAccess:
    """Our certificate and its key, the API key, and the CA of the register's server (None: the system's)."""

    certificate: Path
    key: Path
    api_key: str = field(repr=False)
    ca: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Create a TLS context that shows our certificate. Raises OSError, also for a file that cannot be used."""
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


def create_http_client(access: RegisterAccess, allowed: Sequence[Network]) -> httpx.AsyncClient:
    """Create a client that reaches the register over the internet, or in the networks `allowed`. Raises OSError."""
    return httpx.AsyncClient(
        transport=GuardedTransport(allowed, tls=access.context()),
        headers={"x-api-key": access.api_key, "accept": "application/json", "accept-encoding": "identity"},
        timeout=httpx.Timeout(REQUEST_TIMEOUT, connect=CONNECT_TIMEOUT),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


@dataclass(frozen=True, slots=True)
class RegisterResponse:
    """A complete response; `location` is where a redirect points."""

    status: int
    body: bytes = field(default=b"", repr=False)
    location: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RegisterClient:
    """The register's address, the client that reaches it, and a limit of concurrent requests."""

    client: httpx.AsyncClient
    base: httpx.URL
    limit: asyncio.Semaphore

    def url(self, path: str) -> httpx.URL:
        """Return the address of `path`, which is encoded already."""
        stem = self.base.raw_path.partition(b"?")[0].rstrip(b"/")
        return self.base.copy_with(raw_path=stem + path.encode("ascii"))

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, also: frozenset[int] = frozenset()
    ) -> RegisterResponse:
        """Return the response with status 200 or one of `also`. Raises Unreachable for every other."""
        url = self.url(path).copy_merge_params(params or {})
        try:
            async with self.limit, asyncio.timeout(REQUEST_TIMEOUT), self.client.stream("GET", url) as response:
                status = response.status_code
                if status in (401, 403):
                    raise Unreachable(NOT_AUTHORISED, permanent=True)
                if status != 200 and status not in also:
                    pause = retry_after(response, datetime.now(UTC))
                    raise Unreachable(f"status {status}", retry_after=pause, permanent=is_permanent(status))
                body = bytearray()
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > MAX_BYTES:
                        raise Unreachable("too_large")
        except (httpx.TransportError, TimeoutError) as error:
            # The register checks our certificate after it has let us begin, and closes the connection where it rejects
            # it. We then see its alert (`tls`), or only the end of the connection (`broken_off`).
            cause: BaseException | None = error
            while cause is not None and not isinstance(cause, ssl.SSLError):
                cause = cause.__cause__
            if cause is None:
                raise to_unreachable(error) from None
            is_their_certificate = isinstance(cause, ssl.SSLCertVerificationError)
            raise Unreachable("certificate" if is_their_certificate else "tls") from None
        return RegisterResponse(status, bytes(body), response.headers.get("location", ""))
