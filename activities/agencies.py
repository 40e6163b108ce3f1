"""The activities that reach agencies. Every attempt is recorded where people can read it."""

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

from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk, ToAgency
from domain.vocabulary import PERSON, AgencyRef
from ports.agencies import Agency, Asks, Attempt, AttemptOutcome, Channel, ChannelName, Directory, Unreachable
from ports.agency_messages import ask_key, question_of_ask
from ports.backoff import Backoff
from workflows.names import ASK_AGENCY, CANCEL_ASK, UPDATE_AGENCY

SHARE_TO_SEND = 5 / 6
"""Of an attempt's time; the rest is for recording its outcome."""
PAUSE_CHECK = timedelta(minutes=1)
"""How often a paused agency is looked at again."""

Send = Callable[[Agency], Awaitable[None]]


@dataclass(frozen=True)
class AgencyActivities:
    """Reaches agencies through the channel, under one key each, for as long as it takes.

    Raises `ApplicationError` with the attempt's outcome as its type: `failed` and `paused`, which are tried again, and
    `refused` and `no_agency`, which are not; its message is the code of what went wrong.
    """

    directory: Directory
    asks: Asks
    channel: Channel
    chance: random.Random = field(default_factory=random.SystemRandom)
    pause_check: timedelta = PAUSE_CHECK

    @activity.defn(name=ASK_AGENCY)
    async def ask_agency(self, ask: Ask) -> None:
        """Ask an agency; remind the one that was asked, as long as the directory has it."""
        recipient = await self.asks.find_recipient(ask.ref, ask_key(ask)) if ask.reminder else None
        agency = None if recipient is None else await self.directory.get_by_id(recipient)
        agency = agency or await self.directory.find(ask.agency, ask.area, ask.question)
        await self._reach(ask, agency, lambda agency: self.channel.ask(agency, ask))

    @activity.defn(name=CANCEL_ASK)
    async def cancel_ask(self, cancellation: CancelAsk) -> None:
        """Tell the agency that has an ask, or may have it, that no answer is needed any more."""
        if await self.asks.is_done(cancellation.key):
            return
        recipient = await self.asks.find_recipient(cancellation.ref, cancellation.ask)
        if recipient is None:
            recipient = await self._find_possible_recipient(cancellation)
        if recipient is None:
            await self.asks.record_attempt(cancellation, Attempt(AttemptOutcome.NOT_NEEDED))
            return
        agency = await self.directory.get_by_id(recipient)
        await self._reach(cancellation, agency, lambda agency: self.channel.cancel(agency, cancellation))

    @activity.defn(name=UPDATE_AGENCY)
    async def update_agency(self, update: CaseUpdate) -> None:
        """Tell the directory's entry that was asked what changed; a person who referred the case is told in person."""
        if await self.asks.is_done(update.key):
            return
        if update.agency == PERSON:
            await self.asks.record_attempt(update, Attempt(AttemptOutcome.MANUAL))
            return
        agency = None
        if update.was_asked:
            recipient = await self.asks.find_last_recipient(update.ref, AgencyRef(update.agency))
            if recipient is not None:
                agency = await self.directory.get_by_id(recipient)
            elif not await self.asks.has_spoken(update.ref, AgencyRef(update.agency)):
                # Nothing has reached it, or the register alone.
                await self.asks.record_attempt(update, Attempt(AttemptOutcome.NOT_NEEDED))
                return
        agency = agency or await self.directory.find(update.agency, update.area)
        if agency is not None and agency.channel is ChannelName.HMPPS:
            await self.asks.record_attempt(update, Attempt(AttemptOutcome.NOT_NEEDED))
            return
        await self._reach(update, agency, lambda agency: self.channel.update(agency, update))

    async def _find_possible_recipient(self, cancellation: CancelAsk) -> str | None:
        """The agency that may have an ask which was not delivered: too many cancellations are better than one too few.

        Raises ApplicationError while an attempt that started before the ask was cancelled may still be under way.
        """
        info = activity.info()
        left = info.scheduled_time + (info.start_to_close_timeout or timedelta()) - info.started_time
        if left > timedelta():
            raise _retry(left, "the ask may still arrive", "under_way")
        possible = await self.asks.find_possible_recipient(cancellation.ref, cancellation.ask)
        if possible.was_attempted:
            return possible.agency
        agency = await self.directory.find(cancellation.agency, cancellation.area, question_of_ask(cancellation.ask))
        return None if agency is None or agency.channel is ChannelName.MANUAL else agency.id

    async def _reach(self, effect: ToAgency, agency: Agency | None, send: Send) -> None:
        """Send `effect`, unless that is done. It is recorded before anything leaves."""
        is_sent = agency is not None and agency.paused_since is None and agency.channel is not ChannelName.MANUAL
        if not is_sent and await self.asks.is_done(effect.key):
            return
        if agency is None:
            await self._give_up(effect, Attempt(AttemptOutcome.NO_AGENCY))
        attempt = Attempt(AttemptOutcome.DELIVERED, "", agency.id, agency.channel, agency.address)
        if agency.paused_since is not None:
            await self._retry_later(effect, replace(attempt, outcome=AttemptOutcome.PAUSED), self.pause_check)
        if agency.channel is ChannelName.MANUAL:
            await self.asks.record_attempt(effect, replace(attempt, outcome=AttemptOutcome.MANUAL))
            return
        number = await self.asks.start_attempt(effect, agency)
        if number is None:
            return
        failure = await _send(agency, send)
        if failure is None:
            await self.asks.record_attempt(effect, attempt, number)
        elif failure.permanent:
            refused = replace(attempt, outcome=AttemptOutcome.REFUSED, error=failure.code)
            await self._give_up(effect, refused, number)
        else:
            policy = activity.info().retry_policy or RetryPolicy()
            longest = policy.maximum_interval or 100 * policy.initial_interval
            backoff = Backoff(policy.initial_interval.total_seconds(), longest.total_seconds(), 0.5, self.chance)
            failures = await self.asks.count_failures(effect.key)
            pause = timedelta(seconds=backoff.pause(failures + 1, failure.retry_after or 0))
            failed = replace(attempt, outcome=AttemptOutcome.FAILED, error=failure.code)
            await self._retry_later(effect, failed, pause, number)

    async def _give_up(self, effect: ToAgency, attempt: Attempt, number: int | None = None) -> NoReturn:
        """Record `attempt`, and have the case leave the matter to staff."""
        await self.asks.record_attempt(effect, attempt, number)
        raise ApplicationError(attempt.error or attempt.outcome, type=attempt.outcome, non_retryable=True)

    async def _retry_later(
        self, effect: ToAgency, attempt: Attempt, pause: timedelta, number: int | None = None
    ) -> NoReturn:
        """Record `attempt`, and have Temporal make another after `pause`."""
        await self.asks.record_attempt(effect, replace(attempt, next_try_at=datetime.now(UTC) + pause), number)
        raise _retry(pause, attempt.error or attempt.outcome, attempt.outcome)


async def _send(agency: Agency, send: Send) -> Unreachable | None:
    """Send within the attempt's share of time, and return the failure."""
    limit = activity.info().start_to_close_timeout
    try:
        async with asyncio.timeout(limit.total_seconds() * SHARE_TO_SEND if limit else None):
            await send(agency)
    except Unreachable as unreachable:
        return unreachable
    except TimeoutError:
        return Unreachable("timeout")
    except Exception as error:  # noqa: BLE001 - an internal error is recorded and tried again like any other failure
        # Without its text, which may quote personal details.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        activity.logger.error("A channel failed: %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
        return Unreachable(type(error).__name__)
    return None


def _retry(pause: timedelta, message: str, kind: str) -> ApplicationError:
    """The error that has Temporal try again after `pause`. It is benign: staff read the attempts, not the log."""
    return ApplicationError(message, type=kind, next_retry_delay=pause, category=ApplicationErrorCategory.BENIGN)
