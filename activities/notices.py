"""The notices' activity: what the victim or a supervisor is told goes into the outbox."""

from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.ports import Notices
from domain.duties import Tell
from domain.explaining import wording


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told, and at what time of the case it came up."""

    tell: Tell
    at: datetime


@dataclass(frozen=True)
class NoticeActivities:
    """Puts notices into the outbox, each once."""

    notices: Notices

    @activity.defn
    async def put_notice(self, notice: Notice) -> None:
        """Put `notice` into the outbox, in the words written for it."""
        await self.notices.put(notice.tell, wording(notice.tell), notice.at)
