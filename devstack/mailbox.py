"""The mail server of the embedded stack: it stores each mail in a folder, and hands it to the agency it is for."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.channels.email import ASK_HEADER
from devstack.processes import HOST
from devstack.secret_files import write_secret

ACCEPTED, TRY_LATER, UNKNOWN_MAILBOX = "250 OK", "451 Not now", "550 5.1.1 No such mailbox"

_LINK = re.compile(r"https?://\S+/answer/\S+")
_DUE_ON = re.compile(r"by (\d{1,2} \w+ \d{4})")
_FILE_TIME = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class AgencyMail:
    """A mail as an agency reads it. One without a `link` asks nothing."""

    to: str
    key: str
    link: str = ""
    due_on: date = date.max


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail that the stack sent, in a `.eml` file."""

    file: Path
    sent_at: datetime
    to: str
    subject: str


def stored_mails(folder: Path) -> list[StoredMail]:
    """The mails in `folder`, the newest first; none where there is no folder."""
    mails = []
    for file in sorted(folder.glob("*.eml"), reverse=True):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        sent_at = datetime.strptime(file.stem, _FILE_TIME).replace(tzinfo=UTC)
        mails.append(StoredMail(file, sent_at, str(mail["to"]), str(mail["subject"])))
    return mails


def read_mail(to: str, content: bytes) -> AgencyMail:
    """What a mail asks of the agency at `to`."""
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    link = _LINK.search(body.get_content() if body else "")
    due = _DUE_ON.search(str(mail["subject"]))
    # A day has no zone.
    due_on = datetime.strptime(due.group(1), "%d %B %Y").date() if due else date.max  # noqa: DTZ007
    return AgencyMail(to, str(mail[ASK_HEADER]), link.group() if link else "", due_on)


class _MailHandler:
    """Hands each mail to `receive`, which says what the server answers, and stores what was accepted."""

    def __init__(self, receive: Callable[[AgencyMail], str], folder: Path | None) -> None:
        self._receive = receive
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        content = envelope.original_content or b""
        replies = [self._receive(read_mail(to, content)) for to in envelope.rcpt_tos]
        reply = next((reply for reply in replies if reply != ACCEPTED), ACCEPTED)
        if reply == ACCEPTED and self._folder is not None:
            write_secret(self._folder / f"{datetime.now(UTC).strftime(_FILE_TIME)}.eml", content)
        return reply


@asynccontextmanager
async def mail_server(port: int, receive: Callable[[AgencyMail], str], folder: Path | None) -> AsyncIterator[None]:
    """A mail server on `port`, for as long as the context lasts."""
    # It logs the address of everybody who gets a mail.
    logging.getLogger("mail").setLevel(logging.WARNING)

    def session() -> Any:
        return SMTP(_MailHandler(receive, folder), hostname="localhost", enable_SMTPUTF8=True)

    server = await asyncio.get_running_loop().create_server(session, HOST, port)
    async with server:
        yield
