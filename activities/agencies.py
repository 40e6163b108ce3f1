"""The agencies' activities: ask, remind, call back. Every attempt is kept where people can read it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.ports import Agency, Asks, Attempt, Channel, ChannelName, Directory, Outcome, Unreachable
from domain.duties import Ask, CallBack


@dataclass(frozen=True)
class AgencyActivities:
    """Reaches agencies through the channel; retried for as long as it takes, under one key each."""

    directory: Directory
    asks: Asks
    channel: Channel

    @activity.defn
    async def ask_agency(self, ask: Ask) -> None:
        """Ask, or remind, an agency."""
        await self._send(ask, lambda agency: self.channel.ask(agency, ask))

    @activity.defn
    async def call_back_ask(self, call_back: CallBack) -> None:
        """Tell an agency that an ask needs no answer any more."""
        await self._send(call_back, lambda agency: self.channel.call_back(agency, call_back))

    async def _send(self, duty: Ask | CallBack, send: Callable[[Agency], Awaitable[None]]) -> None:
        if await self.asks.is_delivered(duty.key):
            return
        agency = await self.directory.find(duty.agency, duty.area)
        if agency is None:
            await self._fail(duty, Outcome.NO_AGENCY, "no agency of this kind serves the area")
        elif agency.channel is ChannelName.MANUAL:
            await self._remember(duty, Outcome.MANUAL)
        else:
            await self._deliver(duty, agency, send)

    async def _deliver(self, duty: Ask | CallBack, agency: Agency, send: Callable[[Agency], Awaitable[None]]) -> None:
        try:
            await send(agency)
        except Unreachable as unreachable:
            await self._fail(duty, Outcome.FAILED, unreachable.code)
        await self._remember(duty, Outcome.DELIVERED)

    async def _remember(self, duty: Ask | CallBack, outcome: Outcome, error: str = "") -> None:
        await self.asks.remember(duty, Attempt(outcome, error))

    async def _fail(self, duty: Ask | CallBack, outcome: Outcome, error: str) -> None:
        """Keep the attempt and let the engine try again."""
        await self._remember(duty, outcome, error)
        raise ApplicationError(error, type=outcome)
