"""The activity that records birthdays."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from ports.birthdays import BirthdayService, BirthdayTotals
from workflows.names import RECORD_BIRTHDAYS


@dataclass(frozen=True)
class BirthdayActivities:
    """Records once that somebody in an open case is 18 now."""

    service: BirthdayService

    @activity.defn(name=RECORD_BIRTHDAYS)
    async def record_birthdays(self) -> BirthdayTotals:
        """Record them; fail where some are left, so that the next attempt records those."""
        totals = await self.service.record_birthdays(activity.heartbeat)
        if totals.left:
            raise ApplicationError(f"{totals.left} birthdays are not recorded yet", type="birthdays_left")
        return totals
