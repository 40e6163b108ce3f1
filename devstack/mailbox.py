"""The post of the simulated agencies that work by e-mail: a mail server of their own, and what a mail says."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.channels.email import ASK_HEADER
from devstack.processes import HOST

log = structlog.get_logger("devstack.mailbox")

TAKEN, NOT_NOW, NOBODY = "250 OK", "451 Not now", "550 5.1.1 No such mailbox"

_LINK = re.compile(r"https?://\S+/answer/\S+")
_DUE_ON = re.compile(r"by (\d{1,2} \w+ \d{4})")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as an agency reads it. One without a `link` asks nothing."""

    to: str
    key: str
    link: str = ""
    due_on: date = date.max


def read_letter(to: str, content: bytes) -> Letter:
    """What is in a mail."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    link = _LINK.search(body.get_content() if body else "")
    due = _DUE_ON.search(str(mail["subject"]))
    return Letter(to, str(mail[ASK_HEADER]), link.group() if link else "", _day(due.group(1)) if due else date.max)


def _day(words: str) -> date:
    return datetime.strptime(words, "%d %B %Y").date()  # noqa: DTZ007 - a day has no zone


class _Handler:
    """Gives each mail to `take`, which says how the server answers."""

    def __init__(self, take: Callable[[Letter], str]) -> None:
        self._take = take

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        content = envelope.original_content or b""
        answers = [self._take(read_letter(to, content)) for to in envelope.rcpt_tos]
        return next((answer for answer in answers if answer != TAKEN), TAKEN)


@asynccontextmanager
async def mail_server(port: int, take: Callable[[Letter], str]) -> AsyncIterator[None]:
    """A mail server on `port`, for as long as the context lasts."""
    # It names everybody who gets a mail.
    logging.getLogger("mail").setLevel(logging.WARNING)

    def session() -> Any:
        return SMTP(_Handler(take), hostname="localhost", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, HOST, port)
    async with server:
        yield
