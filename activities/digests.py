"""The morning digest's activity."""

from dataclasses import dataclass
from datetime import date

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.digests import DigestService, DigestTotals
from workflows.names import SEND_DIGESTS


@dataclass(frozen=True)
class DigestActivities:
    """Sends each supervisor the digest of the day once."""

    sender: DigestService

    @activity.defn(name=SEND_DIGESTS)
    async def send_digests(self, day: date) -> DigestTotals:
        """Send the digests of `day`; fail where some are left, so that the next attempt sends those."""
        totals = await self.sender.send(day, activity.heartbeat)
        if totals.left:
            raise ApplicationError(f"{totals.left} digests are not sent yet", type="digests_left")
        return totals
