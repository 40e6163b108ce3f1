"""Notifications to victims as plain e-mails, through the relay that also carries mail to agencies."""

from adapters.channels.mail import create_message
from adapters.channels.relay import MailNotSent, Relay
from adapters.notifications.wording import email_text, subject
from domain.vocabulary import Contact
from ports.notifications import NotificationRejected, OutgoingNotification, Recipient


class NotificationEmailChannel:
    """Implements `ports.notifications.NotificationChannel` by e-mail.

    `sender` receives replies; `contact` is how else the service is reached. A relay keeps no list of what it accepted,
    so an attempt whose answer was lost is repeated with the same `Message-ID`.
    """

    forms = frozenset({Contact.EMAIL})

    def __init__(self, relay: Relay, sender: str, contact: str) -> None:
        self._relay = relay
        self._sender = sender
        self._contact = contact

    async def send(self, form: Contact, to: Recipient, notification: OutgoingNotification) -> str:
        """See the port."""
        ref = notification.ref
        try:
            message = create_message(self._sender, to.address, subject(ref), notification.reference)
            message.set_content(email_text(to.name, ref, notification.wording, self._contact))
            await self._relay.send(message)
        except MailNotSent as error:
            raise NotificationRejected(error.code, permanent=error.permanent) from None
        return str(message["Message-ID"])
