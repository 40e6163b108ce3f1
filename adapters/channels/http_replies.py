"""What a reply over HTTP says of the next attempt: whether it makes sense, and when."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ports.agencies import Unreachable

RETRYABLE = frozenset({408, 409, 421, 425, 429})
"""The 4xx that another attempt can turn into a 2xx.

408, 425 and 429 say so themselves. 409 is what a receiver replies while it still works on the first attempt under the
same idempotency key. 421 means that the request came to the wrong one of several servers, as while they are replaced.
"""

MAX_BYTES_READ = 4096
READ_TIMEOUT = 1.0
"""Nothing of a body is used; so much of it is read, for so long, that the connection can be reused."""
MAX_LINE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The head of a reply, and the beginning of its body; `retry_after` in seconds, where it asks for a pause."""

    status: int
    retry_after: float | None
    beginning: bytes

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has the message: the head says so, whatever becomes of the body."""
        return 200 <= self.status < 300

    @property
    def line(self) -> str:
        """The reply in a line that may be shown on a terminal."""
        text = " ".join(self.beginning.decode(errors="replace").split())
        printable = "".join(sign for sign in text if sign.isprintable())[:MAX_LINE_LENGTH]
        return f"status {self.status}: {printable}" if printable else f"status {self.status}"

    def to_error(self, code: str = "") -> Unreachable:
        """Return what a channel raises for this reply, with `code` instead of its status."""
        return Unreachable(
            code or f"status {self.status}", retry_after=self.retry_after, permanent=is_permanent(self.status)
        )


def is_permanent(status: int) -> bool:
    """Whether the same request will get this reply again: a redirect, which is not followed, and most of the 4xx."""
    return 300 <= status < 500 and status not in RETRYABLE


async def read_reply(response: httpx.Response) -> HttpReply:
    """Read the head and the beginning of the body, without waiting for a long or slow one, and close the response."""
    read = b""
    try:
        with suppress(httpx.TransportError, TimeoutError):
            async with asyncio.timeout(READ_TIMEOUT):
                async for part in response.aiter_raw():
                    read += part
                    if len(read) > MAX_BYTES_READ:
                        break
        return HttpReply(response.status_code, retry_after(response, datetime.now(UTC)), read[:MAX_BYTES_READ])
    finally:
        await response.aclose()


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Return for how many seconds `Retry-After`, a number or a date, asks us to wait; None: it does not say."""
    header = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", header):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        # The second: figures beyond any date.
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def to_unreachable(error: Exception) -> Unreachable:
    """Return why no reply came, as a code: the library's own text may hold an address."""
    match error:
        case httpx.TimeoutException() | TimeoutError():
            return Unreachable("timeout")
        case httpx.ConnectError(__cause__=ssl.SSLCertVerificationError()):
            return Unreachable("certificate")
        case httpx.ConnectError(__cause__=ssl.SSLError()):
            return Unreachable("tls")
        case httpx.ConnectError():
            return Unreachable("refused")
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Unreachable("bad_address", permanent=True)
        case _:
            return Unreachable("broken_off")
