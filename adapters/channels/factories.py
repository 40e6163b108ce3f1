"""The channels to agencies and to victims, created from the settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import structlog

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.answers import InboxAnswers
from adapters.channels.email import EmailChannel
from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.hmpps.channel import HmppsChannel
from adapters.channels.hmpps.http import RegisterAccess
from adapters.channels.http import HttpChannel
from adapters.channels.notification_email import NotificationEmailChannel
from adapters.channels.notify import NotifyChannel
from adapters.channels.relay import Relay
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk
from domain.vocabulary import Contact
from ports.agencies import Agency, Channel, ChannelName, Unreachable
from ports.notifications import NotificationChannel
from settings import Settings

log = structlog.get_logger("adapters.channels.factories")


class AgencyChannels:
    """Implements `ports.agencies.Channel` by the channel that the directory names for each agency.

    Where that channel is not set up, raises Unreachable `not_configured`: an operator may still set it up.
    """

    def __init__(self, channels: Mapping[ChannelName, Channel]) -> None:
        self._channels = channels

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """See the port."""
        await self._channel(agency).ask(agency, ask)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """See the port."""
        await self._channel(agency).cancel(agency, cancellation)

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        """See the port."""
        await self._channel(agency).update(agency, update)

    async def ping(self, agency: Agency) -> str:
        """See the port."""
        return await self._channel(agency).ping(agency)

    def _channel(self, agency: Agency) -> Channel:
        channel = self._channels.get(agency.channel)
        if channel is None:
            log.warning("channel.not_configured", channel=agency.channel, agency=agency.id)
            raise Unreachable("not_configured")
        return channel


@asynccontextmanager
async def open_channels(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[AgencyChannels]:
    """Open the channels to agencies that `settings` set up."""
    vault, allowed = PostgresVault(pool), settings.allowed_networks
    async with AsyncExitStack() as stack:
        http = HttpChannel(vault, GuardedTransport(allowed), settings.public_url)
        channels: dict[ChannelName, Channel] = {ChannelName.HTTP: await stack.enter_async_context(http)}
        if settings.smtp_host:
            channels[ChannelName.EMAIL] = EmailChannel(
                create_relay(settings),
                PostgresAnswerLinks(pool),
                PostgresAreaSettings(pool).get,
                settings.read_token_key(),
                sender=settings.mail_from,
                public_url=settings.public_url,
                link_days=settings.answer_link_days,
                phone=settings.notifications_contact,
            )
        certificate, key, api_key = settings.hmpps_cert, settings.hmpps_key, settings.hmpps_api_key
        if certificate and key and api_key:
            access = RegisterAccess(certificate, key, api_key.get_secret_value(), settings.hmpps_ca)
            answers = InboxAnswers(pool, settings.read_token_key())
            hmpps = HmppsChannel(vault, PostgresDirectory(pool), answers, access, allowed)
            channels[ChannelName.HMPPS] = await stack.enter_async_context(hmpps)
        yield AgencyChannels(channels)


@asynccontextmanager
async def open_notification_channel(settings: Settings) -> AsyncIterator[NotificationChannel]:
    """Open the channel to victims that `settings.notifications` names, which is not `none`."""
    if settings.notifications == "email":
        yield NotificationEmailChannel(create_relay(settings), settings.mail_from)
        return
    assert settings.notify_api_key is not None, "the settings refuse notify without its key"
    templates = {
        Contact.EMAIL: settings.notify_email_template,
        Contact.TEXT: settings.notify_text_template,
        Contact.LETTER: settings.notify_letter_template,
    }
    key = settings.notify_api_key.get_secret_value()
    async with NotifyChannel(settings.notify_url, key, templates) as channel:
        yield channel


def create_relay(settings: Settings) -> Relay:
    """Create the relay for email; without a host it sends nothing, and raises MailNotSent."""
    password = settings.smtp_password
    return Relay(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else "",
        ca=settings.smtp_ca,
    )
