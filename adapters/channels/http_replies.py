"""What an answer over HTTP says of the next try: whether there is any use in one, and when."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ports.agencies import Unreachable

AGAIN = frozenset({408, 409, 421, 425, 429})
"""The 4xx that another try can turn into a 2xx.

408, 425 and 429 say so themselves. 409 is what a receiver says while it still works on the first try under the same
idempotency key. 421 means that the request came to the wrong one of several servers, as while they are being changed.
"""

MOST_BYTES_READ = 4096
SECONDS_TO_READ = 1.0
"""Nothing of a body is used; so much of it is read, for so long, that the connection can serve again."""
MOST_SIGNS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The head of an answer, and the beginning of its body; `retry_after` in seconds, where it asks for a pause."""

    status: int
    retry_after: float | None
    beginning: bytes

    @property
    def is_taken(self) -> bool:
        """Whether what was sent is the receiver's now: the head says so, whatever becomes of the body."""
        return 200 <= self.status < 300

    @property
    def line(self) -> str:
        """The answer in a line that may be shown on a terminal."""
        text = " ".join(self.beginning.decode(errors="replace").split())
        shown = "".join(sign for sign in text if sign.isprintable())[:MOST_SIGNS_SHOWN]
        return f"status {self.status}: {shown}" if shown else f"status {self.status}"

    def unreachable(self, code: str = "") -> Unreachable:
        """What a channel raises for this answer; `code` in place of its status."""
        return Unreachable(
            code or f"status {self.status}", retry_after=self.retry_after, permanent=is_permanent(self.status)
        )


def is_permanent(status: int) -> bool:
    """Whether the same request will be answered so again: a redirect, which is not followed, and most of the 4xx."""
    return 300 <= status < 500 and status not in AGAIN


async def read_reply(response: httpx.Response) -> HttpReply:
    """The answer whose head is there, without waiting for all of a long or slow body; the response is closed."""
    try:
        return HttpReply(response.status_code, retry_after(response, datetime.now(UTC)), await _beginning(response))
    finally:
        await response.aclose()


async def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of the body as they were sent, as far as they come soon."""
    read = b""
    with suppress(httpx.TransportError, TimeoutError):
        async with asyncio.timeout(SECONDS_TO_READ):
            async for part in response.aiter_raw():
                read += part
                if len(read) > MOST_BYTES_READ:
                    break
    return read[:MOST_BYTES_READ]


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """For how many seconds `Retry-After` asks us to wait, given as such or as a date; None: it does not say."""
    given = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", given):
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        # The second: figures beyond any date.
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def unreachable(error: Exception) -> Unreachable:
    """How an attempt without an answer failed, as a code: the library's own text may hold an address."""
    match error:
        case httpx.TimeoutException() | TimeoutError():
            return Unreachable("timeout")
        case httpx.ConnectError():
            return Unreachable(_not_connected(error))
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Unreachable("bad_address", permanent=True)
        case _:
            return Unreachable("broken_off")


def _not_connected(error: httpx.ConnectError) -> str:
    match error.__cause__:
        case ssl.SSLCertVerificationError():
            return "certificate"
        case ssl.SSLError():
            return "tls"
        case _:
            return "refused"
