"""How the HMPPS External API is spoken to: mutual TLS, an API key, bounded answers, and what each status means."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from activities.ports import Unreachable

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_ANSWER = 10.0
MOST_BYTES = 1_000_000
MOST_CONNECTIONS = 10

NOT_AUTHORISED = "not_authorised"
"""Our certificate, our key, or what they are allowed to read: a matter of configuration, which repeating cannot mend."""
TRIED_AGAIN = frozenset({408, 425, 429})
"""Of the 4xx, those that say nothing against the request itself."""


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


def new_client(access: RegisterAccess) -> httpx.AsyncClient:
    """Connections to the register. Raises OSError where a file of `access` cannot be used."""
    return httpx.AsyncClient(
        headers={"x-api-key": access.api_key, "accept": "application/json", "accept-encoding": "identity"},
        verify=access.context(),
        timeout=httpx.Timeout(SECONDS_TO_ANSWER, connect=SECONDS_TO_CONNECT),
        limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
        follow_redirects=False,
        trust_env=False,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came in full; `location` is where a redirect points."""

    status: int
    body: bytes = field(default=b"", repr=False)
    location: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Door:
    """The register's address, with the connections to it."""

    client: httpx.AsyncClient
    base: httpx.URL

    def address(self, path: str) -> httpx.URL:
        """The address of `path`, which is encoded already."""
        stem = self.base.raw_path.partition(b"?")[0].rstrip(b"/")
        return self.base.copy_with(raw_path=stem + path.encode("ascii"))

    async def get(self, path: str, params: Mapping[str, str], *, but_for: frozenset[int] = frozenset()) -> Answer:
        """The answer with 200, or with a status of `but_for`. Raises Unreachable for every other."""
        url = self.address(path).copy_merge_params(params)
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER), self.client.stream("GET", url) as response:
                if response.status_code != 200 and response.status_code not in but_for:
                    raise _refused(response)
                body = await _bounded(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(_code(error)) from None
        return Answer(response.status_code, body, response.headers.get("location", ""))


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise Unreachable("too_large")
    return bytes(body)


def _refused(response: httpx.Response) -> Unreachable:
    """What a status means that answers nothing."""
    status = response.status_code
    if status in (401, 403):
        return Unreachable(NOT_AUTHORISED, permanent=True)
    permanent = 400 <= status < 500 and status not in TRIED_AGAIN
    return Unreachable(f"status {status}", retry_after=_retry_after(response), permanent=permanent)


def _retry_after(response: httpx.Response) -> float | None:
    """How many seconds the register asks us to wait, where it says so in seconds."""
    given = response.headers.get("retry-after", "").strip()
    return float(given) if given.isascii() and given.isdigit() else None


def _code(error: Exception) -> str:
    """How a request failed, as a code: the library's own text may hold what was searched for."""
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return "timeout"
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return "bad_address"
    return _connection_code(error)


def _connection_code(error: Exception) -> str:
    """Whether TLS failed, and which side did not trust the other; else whether there was a connection at all."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "tls_untrusted"
        if isinstance(cause, ssl.SSLError):
            return "tls_refused"
        cause = cause.__cause__ or cause.__context__
    return "refused" if isinstance(error, httpx.ConnectError) else "broken_off"
