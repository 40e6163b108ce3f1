"""The way by which notices reach victims, as the settings choose it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.channels.notification_email import NotificationEmailChannel
from adapters.channels.notify import NotifyChannel
from adapters.configured import relay_of
from domain.vocabulary import Contact
from ports.notifications import NotificationChannel
from settings import Settings


@asynccontextmanager
async def open_way(settings: Settings) -> AsyncIterator[NotificationChannel]:
    """The chosen way, for as long as the context lasts; `settings.notices` is not `none`."""
    if settings.notices == "email":
        yield NotificationEmailChannel(relay_of(settings), settings.mail_from, settings.notices_contact)
    else:
        async with _notify(settings) as way:
            yield way


def _notify(settings: Settings) -> NotifyChannel:
    assert settings.notify_api_key is not None, "the settings refuse notify without its key"
    templates = {
        Contact.EMAIL: settings.notify_email_template,
        Contact.TEXT: settings.notify_text_template,
        Contact.LETTER: settings.notify_letter_template,
    }
    key = settings.notify_api_key.get_secret_value()
    return NotifyChannel(settings.notify_url, key, templates, settings.notices_contact)
