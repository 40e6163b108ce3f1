"""The ways in which agencies are asked: one channel that hands on to each agency's own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import structlog

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.answers import InboxAnswers
from adapters.channels.email import EmailChannel
from adapters.channels.guarded_network import GuardedTransport
from adapters.channels.hmpps.channel import HmppsChannel
from adapters.channels.http import HttpChannel
from adapters.configured import register_access_of, relay_of
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from domain.effects import Ask, CancelAsk
from ports.agencies import Agency, Channel, ChannelName, Unreachable
from settings import Settings

log = structlog.get_logger("adapters.channels.factories")


class Channels:
    """Implements `activities.ports.Channel` by the channel that the directory names for an agency.

    One that is not among the given raises Unreachable `not_configured`: an operator may still set it up.
    """

    def __init__(self, channels: Mapping[ChannelName, Channel]) -> None:
        self._channels = channels

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """See the port."""
        await self._of(agency).ask(agency, ask)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """See the port."""
        await self._of(agency).cancel(agency, cancellation)

    async def ping(self, agency: Agency) -> str:
        """See the port."""
        return await self._of(agency).ping(agency)

    def _of(self, agency: Agency) -> Channel:
        channel = self._channels.get(agency.channel)
        if channel is None:
            log.warning("channel.not_configured", channel=agency.channel, agency=agency.id)
            raise Unreachable("not_configured")
        return channel


@asynccontextmanager
async def open_channels(settings: Settings, pool: asyncpg.Pool) -> AsyncIterator[Channels]:
    """The channels that `settings` set up, for as long as the context lasts; `pool` leads to the database."""
    vault, allowed = PostgresVault(pool), settings.allowed_networks
    async with AsyncExitStack() as stack:
        http = HttpChannel(vault, GuardedTransport(allowed), settings.public_url)
        channels: dict[ChannelName, Channel] = {ChannelName.HTTP: await stack.enter_async_context(http)}
        if settings.smtp_host:
            channels[ChannelName.EMAIL] = _email(settings, pool)
        access = register_access_of(settings)
        if access is not None:
            hmpps = HmppsChannel(vault, PostgresDirectory(pool), InboxAnswers(pool), access, allowed)
            channels[ChannelName.HMPPS] = await stack.enter_async_context(hmpps)
        yield Channels(channels)


def _email(settings: Settings, pool: asyncpg.Pool) -> EmailChannel:
    return EmailChannel(
        relay_of(settings),
        PostgresAnswerLinks(pool),
        sender=settings.mail_from,
        public_url=settings.public_url,
        link_days=settings.answer_link_days,
    )
