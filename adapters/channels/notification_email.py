"""Notifications to victims as plain emails, through the relay that also carries mail to agencies."""

from adapters.channels.mail import create_message
from adapters.channels.relay import MailNotSent, Relay
from domain.vocabulary import Contact
from ports.notifications import NotificationRejected, NotificationText, OutgoingNotification, Recipient


class NotificationEmailChannel:
    """Implements `ports.notifications.NotificationChannel` by email.

    `sender` receives replies. The id of an email is random, so that it tells nobody how far a case has come. A relay
    keeps no list of what it accepted, so an attempt whose answer was lost is repeated with the same `Message-ID`.
    """

    forms = frozenset({Contact.EMAIL})

    def __init__(self, relay: Relay, sender: str) -> None:
        self._relay = relay
        self._sender = sender

    async def send(
        self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText
    ) -> str:
        """See the port."""
        try:
            message = create_message(self._sender, to.address, text.subject, notification.mail_id)
            message.set_content(text.body)
            await self._relay.send(message)
        except MailNotSent as error:
            raise NotificationRejected(error.code, permanent=error.permanent) from None
        return str(message["Message-ID"])
