"""The morning digest's activity: every supervisor who has not been sent today's gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError


@dataclass(frozen=True, slots=True)
class Digested:
    """How many were sent a digest now, had it already, have an address that is refused, and are still to get it."""

    sent: int = 0
    had: int = 0
    refused: int = 0
    left: int = 0


class Digesting(Protocol):
    """Sends supervisors their digests, each at most once a day as far as it is known."""

    async def send(self, day: date, told: Callable[[], None]) -> Digested:
        """Send those of `day` that are not sent yet; `told` is called after each. Nobody's address holds up another."""


@dataclass(frozen=True)
class DigestActivities:
    """Tried again as long as somebody is left."""

    digesting: Digesting

    @activity.defn
    async def send_digests(self, day: date) -> Digested:
        """See `Digesting`; fails where somebody is left, and then goes on with them."""
        done = await self.digesting.send(day, activity.heartbeat)
        if done.left:
            raise ApplicationError(f"{done.left} are still to get it", type="left")
        return done
