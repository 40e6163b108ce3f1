"""How the HMPPS External API is spoken to: mutual TLS, an API key, bounded answers, and what each status means."""

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

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_ANSWER = 10.0
MOST_BYTES = 1_000_000

NOT_AUTHORISED = "not_authorised"
"""Our certificate, our key, or what they may read: a matter of configuration, which repeating cannot mend."""


@dataclass(frozen=True, slots=True)
class RegisterAccess:
    """What opens the register: our certificate and its key, the CA of its server (None: the system's), the API key."""

    certificate: Path
    key: Path
    api_key: str = field(repr=False)
    ca: Path | None = None

    def context(self) -> ssl.SSLContext:
        """A context that shows our certificate. Raises OSError, also for a file that is not what it should be."""
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


def create_http_client(access: RegisterAccess, allowed: Sequence[Network]) -> httpx.AsyncClient:
    """Connections to the register, over the internet or into the networks `allowed`. Raises OSError like `context`."""
    return httpx.AsyncClient(
        transport=GuardedTransport(allowed, tls=access.context()),
        headers={"x-api-key": access.api_key, "accept": "application/json", "accept-encoding": "identity"},
        timeout=httpx.Timeout(SECONDS_TO_ANSWER, connect=SECONDS_TO_CONNECT),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


@dataclass(frozen=True, slots=True)
class RegisterResponse:
    """An answer that came in full; `location` is where a redirect points."""

    status: int
    body: bytes = field(default=b"", repr=False)
    location: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RegisterClient:
    """The register's address, with the connections to it, and how many requests may be under way."""

    client: httpx.AsyncClient
    base: httpx.URL
    requests: asyncio.Semaphore

    def address(self, path: str) -> httpx.URL:
        """The address of `path`, which is encoded already."""
        stem = self.base.raw_path.partition(b"?")[0].rstrip(b"/")
        return self.base.copy_with(raw_path=stem + path.encode("ascii"))

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, *, but_for: frozenset[int] = frozenset()
    ) -> RegisterResponse:
        """The answer with 200, or with a status of `but_for`. Raises Unreachable for every other."""
        url = self.address(path).copy_merge_params(params or {})
        try:
            async with (
                self.requests,
                asyncio.timeout(SECONDS_TO_ANSWER),
                self.client.stream("GET", url) as response,
            ):
                if response.status_code != 200 and response.status_code not in but_for:
                    raise _refused(response)
                body = await _bounded(response)
        except (httpx.TransportError, TimeoutError) as error:
            raise _unreachable(error) from None
        return RegisterResponse(response.status_code, body, response.headers.get("location", ""))


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MOST_BYTES:
            raise Unreachable("too_large")
    return bytes(body)


def _refused(response: httpx.Response) -> Unreachable:
    """What a status means that answers nothing."""
    status = response.status_code
    if status in (401, 403):
        return Unreachable(NOT_AUTHORISED, permanent=True)
    pause = retry_after(response, datetime.now(UTC))
    return Unreachable(f"status {status}", retry_after=pause, permanent=is_permanent(status))


def _unreachable(error: Exception) -> Unreachable:
    """As for every agency; and apart from that, where TLS failed: over the register's certificate, or otherwise.

    The register looks at ours after it has let us begin, and breaks off where it does not take it. What we then see of
    that is its word for it (`tls`), or only the end of the connection (`broken_off`).
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Unreachable("certificate" if isinstance(cause, ssl.SSLCertVerificationError) else "tls")
        cause = cause.__cause__
    return to_unreachable(error)
