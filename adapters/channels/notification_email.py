"""Notices as plain e-mails, through the relay that mail to agencies takes too."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from adapters.channels.relay import MailNotSent, Relay, message_id, recipient
from adapters.notifications.wording import email_text, subject
from domain.vocabulary import Contact
from ports.notifications import NotificationRejected, OutgoingNotification, Recipient


class NotificationEmailChannel:
    """Implements `adapters.notifications.Way` for those who want e-mail.

    `sender` is the mailbox that answers go to, `contact` how else the service is reached. A relay keeps no list of
    what it took, so a try whose answer was lost is made again; the `Message-ID` is the same, by which a mailbox can
    tell.
    """

    forms = frozenset({Contact.EMAIL})

    def __init__(self, relay: Relay, sender: str, contact: str) -> None:
        self._relay = relay
        self._sender = sender
        self._contact = contact

    async def send(self, form: Contact, to: Recipient, notice: OutgoingNotification) -> str:
        """Send `notice`; see the protocol."""
        try:
            message = self._message(recipient(to.address), to.name, notice)
            await self._relay.send(message)
        except MailNotSent as error:
            raise NotificationRejected(error.code, permanent=error.permanent) from None
        return str(message["Message-ID"])

    def _message(self, address: Address, name: str, notice: OutgoingNotification) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = address
        message["Subject"] = subject(notice.ref)
        message["Date"] = formatdate()
        message["Message-ID"] = message_id(notice.reference, self._sender)
        # So that nobody's absence note is taken for an answer, nor answered by one.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email_text(name, notice.ref, notice.wording, self._contact))
        return message
