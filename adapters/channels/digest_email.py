"""Supervisors' digests by e-mail: references and counts, and no personal data."""

import structlog

from adapters.channels.mail import TEMPLATES, add_bodies, create_message
from adapters.channels.relay import MailNotSent, Relay
from application.digests import Digest, DigestNotSent
from domain.days import format_day
from ports.staff import Member

log = structlog.get_logger("adapters.channels.digest_email")


class DigestEmail:
    """Implements `application.digests.DigestSender` through `relay`, from `sender`."""

    def __init__(self, relay: Relay, sender: str) -> None:
        self._relay = relay
        self._sender = sender

    async def send(self, member: Member, digest: Digest) -> None:
        """Send `digest`, under the same `Message-ID` each time. Raises DigestNotSent."""
        title = subject(digest)
        try:
            message = create_message(self._sender, member.email, title, f"digest {digest.member} {digest.day}")
            add_bodies(message, "digest", digest=digest, subject=title)
            await self._relay.send(message)
        except MailNotSent as error:
            log.warning("digest.refused" if error.permanent else "digest.not_sent", staff=member.id, code=error.code)
            raise DigestNotSent(error.code, permanent=error.permanent) from None


def subject(digest: Digest) -> str:
    """Return the subject: the day, and how many alerts and overdue cases there are."""
    new = f"{len(digest.alerts)} new" if digest.alerts else "nothing new"
    return f"{format_day(digest.day)}: {new}, {digest.standing.overdue} overdue"


def as_text(digest: Digest) -> str:
    """Return the digest in plain text."""
    return TEMPLATES.get_template("digest.txt").render(digest=digest, subject=subject(digest))
