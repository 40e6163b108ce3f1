"""The channels by which the tests send messages to victims."""

import asyncpg

from adapters.channels.notification_email import NotificationEmailChannel
from adapters.channels.notify import NotifyChannel
from adapters.channels.relay import Relay
from adapters.notifications.sender import NotificationSender
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.outbox import PostgresOutbox
from adapters.postgres.vault import PostgresVault
from domain.vocabulary import Contact
from ports.notifications import NotificationChannel
from tests.adapters.notifications.mailbox import Mailbox
from tests.adapters.notifications.notify_api import EMAIL_TEMPLATE, LETTER_TEMPLATE, TEXT_TEMPLATE, NotifyApi
from tests.adapters.notifications.victims import BY_DAY
from workflows.clock import CaseClock

SENDER = "Restorative Justice <rj@casework.example>"
CONTACT = "0113 496 0000"
TEMPLATES = {Contact.EMAIL: EMAIL_TEMPLATE, Contact.TEXT: TEXT_TEMPLATE, Contact.LETTER: LETTER_TEMPLATE}

Notify = tuple[NotifyApi, NotifyChannel]


def by_mail(mailbox: Mailbox) -> NotificationEmailChannel:
    """Through the mail server of the tests."""
    return NotificationEmailChannel(Relay("127.0.0.1", mailbox.port, security="none"), SENDER)


def create_sender(pool: asyncpg.Pool, way: NotificationChannel, clock: CaseClock = BY_DAY) -> NotificationSender:
    """A sender as each server runs it."""
    return NotificationSender(
        PostgresOutbox(pool), PostgresVault(pool), PostgresAreaSettings(pool), way, lambda: clock, CONTACT
    )
