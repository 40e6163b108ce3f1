"""Takes notices from the outbox to victims, in the form that each of them wants at that moment.

Runs in every server process; a lease keeps two of them from the same notice. Where one is killed between the provider
and the database, the lease runs out and the same sending is tried again, under the same reference: at least once, and
once as far as the provider can tell. What cannot be sent becomes a caseworker's task. No wording, name or address is
logged, nor any error's own text, which may hold one.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from adapters.notifications.quiet_hours import quiet_until
from adapters.postgres.outbox import Standing
from adapters.postgres.pool import AWAY
from domain.vocabulary import CaseRef, Contact
from ports.notifications import ADDRESS_OF, NotificationChannel, NotificationRejected, OutgoingNotification, Recipient
from ports.vault import THE_SERVICE, Vault
from workflows.clock import CaseClock

log = structlog.get_logger("ports.notifications")

AT_ONCE = 10
LEASE_SECONDS = 120.0
SECONDS_TO_SEND = 100.0
"""Well within the lease. A way bounds its own calls too: one that runs in a thread cannot be called off."""
IDLE_SECONDS = 0.5
STORE_AWAY_SECONDS = 5.0
LONGEST_REST = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0


class Outbox(Protocol):
    """What the sender needs of the outbox: see `adapters.postgres.outbox`."""

    async def lease(self, limit: int, seconds: float) -> tuple[OutgoingNotification, ...]:
        """The next notice of each of up to `limit` cases."""

    async def standing(self, ref: CaseRef) -> Standing:
        """Whether and how the victim hears now."""

    async def sent(self, notice: OutgoingNotification, form: Contact, provider_id: str) -> None:
        """It was taken."""

    async def put_off(self, notice: OutgoingNotification, until: datetime) -> None:
        """It is not sent before then."""

    async def failed(self, notice: OutgoingNotification, form: Contact, error: str, next_try_at: datetime) -> None:
        """It is tried again."""

    async def by_hand(self, notice: OutgoingNotification, form: Contact, error: str) -> None:
        """A caseworker tells it."""

    async def withheld(self, notice: OutgoingNotification, error: str) -> None:
        """Nobody is told it."""


class NotificationSender:
    """The loop. `clock` is the one of the cases, by which nobody is written to at night; `now` is the real time."""

    def __init__(
        self,
        outbox: Outbox,
        vault: Vault,
        way: NotificationChannel,
        clock: CaseClock,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outbox = outbox
        self._vault = vault
        self._way = way
        self._clock = clock
        self._now = now
        self._woken = asyncio.Event()
        self._stopped = False

    def stop(self) -> None:
        """End `run` after what it is sending now."""
        self._stopped = True
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped; a store that is away is waited for."""
        while not self._stopped:
            await self._rest(await self._seconds_after_a_round())

    async def _seconds_after_a_round(self) -> float:
        """Send what is due, unless it is night; how long to rest then."""
        night = self._quiet_until()
        if night is not None:
            return min((night - self._now()).total_seconds(), LONGEST_REST)
        try:
            return 0.0 if await self.send_due() else IDLE_SECONDS
        except AWAY as error:
            log.warning("notices.database_unavailable", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it is, notices of other cases are to be sent
            log.error("notices.broke_off", error=type(error).__name__)  # noqa: TRY400 - its text may name somebody
        return STORE_AWAY_SECONDS

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def send_due(self) -> int:
        """Send one notice of each of some cases, side by side; how many there were."""
        due = await self._outbox.lease(AT_ONCE, LEASE_SECONDS)
        ended = await asyncio.gather(*(self._bring(notice) for notice in due), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return len(due)

    async def _bring(self, notice: OutgoingNotification) -> None:
        """Look once more whether, how and where the victim is told, now that it is about to happen."""
        night = self._quiet_until()
        if night is not None:
            await self._outbox.put_off(notice, night)
            return
        standing = await self._outbox.standing(notice.ref)
        if standing.withheld:
            await self._outbox.withheld(notice, standing.withheld)
            _say("notices.withheld", notice, why=standing.withheld)
        elif standing.contact not in ADDRESS_OF:
            await self._hand_over(notice, standing.contact, "by_telephone")
        elif standing.contact not in self._way.forms:
            await self._hand_over(notice, standing.contact, "form_not_sent")
        else:
            await self._address(notice, standing.contact)

    async def _address(self, notice: OutgoingNotification, form: Contact) -> None:
        details = await self._vault.victim(notice.ref, by=THE_SERVICE) or {}
        address = details.get(ADDRESS_OF[form])
        if address:
            await self._send(notice, form, Recipient(details.get("name", ""), address))
        else:
            await self._hand_over(notice, form, "no_address")

    async def _send(self, notice: OutgoingNotification, form: Contact, to: Recipient) -> None:
        taken = await self._taken(notice, form, to)
        if isinstance(taken, NotificationRejected):
            await self._not_taken(notice, form, taken)
        else:
            await self._outbox.sent(notice, form, taken)
            _say("notices.sent", notice, form=form, attempts=notice.attempts)

    async def _taken(self, notice: OutgoingNotification, form: Contact, to: Recipient) -> str | NotificationRejected:
        """The provider's id, or why there is none. What failed is left behind here: its text may name somebody."""
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                return await self._way.send(form, to, notice)
        except NotificationRejected as error:
            return error
        except TimeoutError:
            return NotificationRejected("timeout")
        except Exception as error:  # noqa: BLE001 - a fault of one notice must not hold up the others
            return NotificationRejected(f"fault {type(error).__name__}")

    async def _not_taken(self, notice: OutgoingNotification, form: Contact, error: NotificationRejected) -> None:
        if error.permanent:
            await self._hand_over(notice, form, error.code)
            return
        pause = pause_after(notice.attempts, random.random())  # noqa: S311 - spreads tries, guards nothing
        await self._outbox.failed(notice, form, error.code, self._now() + timedelta(seconds=pause))
        facts = {"form": form, "error": error.code, "attempts": notice.attempts, "again_in": round(pause, 1)}
        log.warning("notices.failed", notice=notice.key, case=notice.ref, **facts)

    async def _hand_over(self, notice: OutgoingNotification, form: Contact, error: str) -> None:
        await self._outbox.by_hand(notice, form, error)
        _say("notices.by_hand", notice, form=form, why=error)

    def _quiet_until(self) -> datetime | None:
        """When this night is over, in real time; None: it is day where the victims are."""
        real = self._now()
        shown = self._clock.case_time(real)
        over = quiet_until(shown)
        return None if over is None else real + self._clock.real_delay(shown, over)


def _say(event: str, notice: OutgoingNotification, **facts: object) -> None:
    log.info(event, notice=notice.key, case=notice.ref, **facts)


def pause_after(attempts: int, chance: float) -> float:
    """Seconds until the next try: doubling from 5 up to an hour, and spread (`chance` in [0, 1)) by a fifth less."""
    longest = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return longest * (1 - 0.2 * chance)
