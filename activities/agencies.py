"""The agencies' activities: ask, remind, cancel. Every attempt is kept where people can read it."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from temporalio import activity
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.pauses import RESTING, pause_after
from domain.effects import Ask, CancelAsk
from ports.agencies import Agency, Asks, Attempt, AttemptOutcome, Channel, ChannelName, Directory, Unreachable
from ports.agency_messages import ask_key, question_of_ask
from workflows.names import ASK_AGENCY, CANCEL_ASK

SHARE_TO_SEND = 5 / 6
"""Of the time that the engine gives an attempt; the rest is for keeping what came of it."""

Send = Callable[[Agency], Awaitable[None]]


@dataclass(frozen=True)
class AgencyActivities:
    """Reaches agencies through the channel, under one key each, for as long as it takes.

    Raised is `ApplicationError` with the outcome as its type: `failed` and `paused`, which are tried again, and
    `refused` and `no_agency`, which are not; its message is the code of what went wrong.
    """

    directory: Directory
    asks: Asks
    channel: Channel
    chance: random.Random = field(default_factory=random.SystemRandom)

    @activity.defn(name=ASK_AGENCY)
    async def ask_agency(self, ask: Ask) -> None:
        """Ask an agency. A reminder goes to whoever has the ask, as long as the directory has them."""
        asked = await self._taker(ask) if ask.reminder else None
        agency = asked or await self.directory.find(ask.agency, ask.area, ask.question)
        await self._reach(ask, agency, lambda agency: self.channel.ask(agency, ask))

    @activity.defn(name=CANCEL_ASK)
    async def cancel_ask(self, cancellation: CancelAsk) -> None:
        """Tell whoever has an ask, or may have it, that it needs no answer any more."""
        if await self.asks.is_done(cancellation.key):
            return
        holder = await self.asks.find_recipient(cancellation.ref, cancellation.ask)
        if holder is None:
            _wait_for_the_last_attempt()
            holder = await self._who_may_have(cancellation)
        if holder is None:
            await self.asks.record_attempt(cancellation, Attempt(AttemptOutcome.NOT_NEEDED))
            return
        agency = await self.directory.get_by_id(holder)
        await self._reach(cancellation, agency, lambda agency: self.channel.cancel(agency, cancellation))

    async def _who_may_have(self, cancellation: CancelAsk) -> str | None:
        """The id of the agency that may have an ask which nobody is known to have taken.

        Of an attempt whose process ended only its beginning is kept; a worker of the version before kept not even
        that. A word too many is better than an agency that goes and speaks to somebody, though the victim has said no.
        """
        untaken = await self.asks.find_possible_recipient(cancellation.ref, cancellation.ask)
        if untaken.was_attempted:
            return untaken.agency
        agency = await self.directory.find(cancellation.agency, cancellation.area, question_of_ask(cancellation.ask))
        return None if agency is None or agency.channel is ChannelName.MANUAL else agency.id

    async def _taker(self, ask: Ask) -> Agency | None:
        taker = await self.asks.find_recipient(ask.ref, ask_key(ask))
        return None if taker is None else await self.directory.get_by_id(taker)

    async def _reach(self, effect: Ask | CancelAsk, agency: Agency | None, send: Send) -> None:
        if agency is not None and agency.paused_since is None and agency.channel is not ChannelName.MANUAL:
            await self._send(effect, agency, send)
        elif not await self.asks.is_done(effect.key):
            await self._not_sent(effect, agency)

    async def _not_sent(self, effect: Ask | CancelAsk, agency: Agency | None) -> None:
        if agency is None:
            await self._give_up(effect, Attempt(AttemptOutcome.NO_AGENCY))
        elif agency.paused_since is not None:
            await self._try_later(effect, _attempt(AttemptOutcome.PAUSED, agency), RESTING)
        else:
            await self.asks.record_attempt(effect, _attempt(AttemptOutcome.MANUAL, agency))

    async def _send(self, effect: Ask | CancelAsk, agency: Agency, send: Send) -> None:
        """Send it, unless that is done. Nothing leaves before it is kept that it is about to."""
        number = await self.asks.start_attempt(effect, agency)
        if number is None:
            return
        unreachable = await _why_not_sent(agency, send)
        if unreachable is not None:
            await self._failed(effect, number, agency, unreachable)
        await self.asks.record_attempt(effect, _attempt(AttemptOutcome.DELIVERED, agency), number)

    async def _failed(self, effect: Ask | CancelAsk, number: int, agency: Agency, why: Unreachable) -> NoReturn:
        if why.permanent:
            await self._give_up(effect, _attempt(AttemptOutcome.REFUSED, agency, why.code), number)
        policy, failures = activity.info().retry_policy or RetryPolicy(), await self.asks.count_failures(effect.key)
        pause = pause_after(failures, policy, self.chance, why.retry_after)
        await self._try_later(effect, _attempt(AttemptOutcome.FAILED, agency, why.code), pause, number)

    async def _give_up(self, effect: Ask | CancelAsk, attempt: Attempt, number: int | None = None) -> NoReturn:
        """Keep what came of it, and let the case have a person look at it."""
        await self.asks.record_attempt(effect, attempt, number)
        raise ApplicationError(attempt.error or attempt.outcome, type=attempt.outcome, non_retryable=True)

    async def _try_later(
        self, effect: Ask | CancelAsk, attempt: Attempt, pause: timedelta, number: int | None = None
    ) -> NoReturn:
        """Keep what came of it, and let the engine make another attempt after `pause`."""
        await self.asks.record_attempt(effect, replace(attempt, next_try_at=datetime.now(UTC) + pause), number)
        raise _again(attempt.error or attempt.outcome, attempt.outcome, pause)


async def _why_not_sent(agency: Agency, send: Send) -> Unreachable | None:
    try:
        async with asyncio.timeout(_seconds_to_send()):
            await send(agency)
    except Unreachable as unreachable:
        return unreachable
    except TimeoutError:
        return Unreachable("timeout")
    except Exception as error:  # noqa: BLE001 - a mistake of ours is kept and tried again like any other failure
        activity.logger.error("A channel failed: %s", _kind_and_place(error))
        return Unreachable(type(error).__name__)
    return None


def _kind_and_place(error: Exception) -> str:
    """Without its text, which may quote whom an ask is about."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename}:{frame.lineno}"


def _attempt(outcome: AttemptOutcome, agency: Agency, error: str = "") -> Attempt:
    return Attempt(outcome, error, agency.id, agency.channel, agency.address)


def _seconds_to_send() -> float | None:
    given = activity.info().start_to_close_timeout
    return None if given is None else given.total_seconds() * SHARE_TO_SEND


def _wait_for_the_last_attempt() -> None:
    """Look again later, where an attempt that began before the ask was cancelled may still be under way."""
    info = activity.info()
    left = info.scheduled_time + (info.start_to_close_timeout or timedelta()) - info.started_time
    if left > timedelta():
        raise _again("the ask may still arrive", "under_way", left)


def _again(what: str, kind: str, pause: timedelta) -> ApplicationError:
    """Has the engine try again after `pause`. It is kept where staff read it, so the log needs no traceback of it."""
    return ApplicationError(what, type=kind, next_retry_delay=pause, category=ApplicationErrorCategory.BENIGN)
