"""Digests as e-mails through the relay: references and counts, and no word about anybody."""

from datetime import UTC, datetime
from email.message import EmailMessage

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from adapters.channels.relay import MailNotSent, Relay, message_id, recipient
from application.digests import Digest, DigestNotSent
from domain.days import day_in_words
from ports.staff import Member

log = structlog.get_logger("adapters.channels.digest_email")

_TEMPLATES = Environment(
    loader=PackageLoader("adapters"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class DigestEmail:
    """Implements `casework.digests.Sending`."""

    def __init__(self, relay: Relay, sender: str) -> None:
        self._relay = relay
        self._sender = sender

    async def send(self, member: Member, digest: Digest) -> None:
        """Send it, under the same `Message-ID` each time; see the port."""
        try:
            message = self._message(member, digest)
            await self._relay.send(message)
        except MailNotSent as error:
            log.warning("digest.refused" if error.permanent else "digest.not_sent", staff=member.id, code=error.code)
            raise DigestNotSent(error.code, permanent=error.permanent) from None

    def _message(self, member: Member, digest: Digest) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = recipient(member.email)
        message["Subject"] = subject(digest)
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = message_id(f"digest {digest.member} {digest.day}", self._sender)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(as_text(digest))
        facts = {"digest": digest, "subject": subject(digest)}
        message.add_alternative(_TEMPLATES.get_template("digest.html").render(facts), subtype="html")
        return message


def subject(digest: Digest) -> str:
    """The subject: the day, and how much there is."""
    new = f"{len(digest.alerts)} new" if digest.alerts else "nothing new"
    return f"{day_in_words(digest.day)}: {new}, {digest.standing.overdue} overdue"


def as_text(digest: Digest) -> str:
    """The digest in plain text."""
    return _TEMPLATES.get_template("digest.txt").render(digest=digest, subject=subject(digest))
