"""Supervisors' digests by email: references and counts, and no personal data."""

import structlog

from adapters.channels.mail import add_bodies, create_message
from adapters.channels.relay import MailNotSent, Relay
from domain.wording.digest import Digest
from ports.digests import DigestNotSent
from ports.staff import Member

log = structlog.get_logger("adapters.channels.digest_email")


class DigestEmail:
    """Sends digests through `relay`, from `sender`."""

    def __init__(self, relay: Relay, sender: str) -> None:
        self._relay = relay
        self._sender = sender

    async def send(self, member: Member, digest: Digest) -> None:
        """Send `digest`, under the same `Message-ID` each time. Raises DigestNotSent."""
        try:
            message = create_message(self._sender, member.email, digest.subject, f"digest {digest.member} {digest.day}")
            add_bodies(message, "digest", digest=digest, subject=digest.subject)
            await self._relay.send(message)
        except MailNotSent as error:
            log.warning("digest.refused" if error.permanent else "digest.not_sent", staff=member.id, code=error.code)
            raise DigestNotSent(error.code, permanent=error.permanent) from None
