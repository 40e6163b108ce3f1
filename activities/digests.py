"""The morning digest's activity: every supervisor who has not been sent today's gets it."""

from dataclasses import dataclass
from datetime import date

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.digests import DigestSender, DigestTotals


@dataclass(frozen=True)
class DigestActivities:
    """Tried again as long as somebody is left."""

    digesting: DigestSender

    @activity.defn
    async def send_digests(self, day: date) -> DigestTotals:
        """See `DigestSender`; fails where somebody is left, and then goes on with them."""
        done = await self.digesting.send(day, activity.heartbeat)
        if done.left:
            raise ApplicationError(f"{done.left} are still to get it", type="left")
        return done
