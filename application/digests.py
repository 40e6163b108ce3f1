"""What a supervisor is sent in the morning: new alerts, the worst stuck cases, and how much there is of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import asyncpg

from ports.digests import DigestTotals
from ports.staff import Member
from queries.alerts import Alert, AlertQueries
from queries.board import BoardCounts, BoardQueries
from queries.stuck import StuckCase, StuckQueries
from queries.stuck_ranking import StuckFilter

MAX_ALERTS, MAX_STUCK = 30, 10


@dataclass(frozen=True, slots=True)
class Digest:
    """A supervisor's morning. `list_alerts` are the latest first; `until` is the last alert that it knows of.

    `standing` counts open cases and those overdue, about a minute old; `nobody` are open and nobody has them.
    """

    member: str
    day: date
    alerts: tuple[Alert, ...]
    worst: tuple[StuckCase, ...]
    standing: BoardCounts
    nobody: int
    with_supervisors: int
    until: int


class DigestNotSent(Exception):
    """A digest was not taken: `permanent` where its address is refused. `code` says how."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class DigestSender(Protocol):
    """Brings digests to supervisors."""

    async def send(self, member: Member, digest: Digest) -> None:
        """Send it; again it has the same id. Raises DigestNotSent."""


class DigestLog(Protocol):
    """Keeps who was sent which digest."""

    async def supervisors(self) -> tuple[Member, ...]:
        """The active supervisors who have an address, in order."""

    async def sent(self, member: str, day: date) -> bool:
        """Whether they were sent that of `day`."""

    async def last_until(self, member: str) -> int:
        """Up to which alert their last digest went; 0: they have had none."""

    async def keep(self, digest: Digest) -> None:
        """It was sent."""


async def make_digest(pool: asyncpg.Pool, member: Member, day: date, today: date, after: int) -> Digest:
    """The digest of `day` for `member`: alerts after `after`; `today` is the cases' day."""
    areas = None if member.areas is None else sorted(member.areas)
    until = await AlertQueries(pool).get_last_alert()
    shown, people = await BoardQueries(pool).get_board(areas), await BoardQueries(pool).get_caseloads(areas)
    return Digest(
        member=member.id,
        day=day,
        alerts=await AlertQueries(pool).list_alerts(after, until, areas=areas, limit=MAX_ALERTS),
        worst=(await StuckQueries(pool).list_stuck_cases(today, StuckFilter(areas), MAX_STUCK)).cases,
        standing=shown.standing if shown else BoardCounts(),
        nobody=sum(each.open for each in people.people if not each.assigned_to) if people else 0,
        with_supervisors=await AlertQueries(pool).count_waits_on_supervisors(areas),
        until=until,
    )


@dataclass(frozen=True, slots=True)
class MorningDigests:
    """Implements `activities.digests.DigestSender`. `today` gives the cases' day."""

    pool: asyncpg.Pool
    digests: DigestLog
    sending: DigestSender
    today: Callable[[], date]

    async def send(self, day: date, told: Callable[[], None]) -> DigestTotals:
        """Send those of `day` that are not sent yet; see the port."""
        sent = had = refused = left = 0
        for member in await self.digests.supervisors():
            told()
            if await self.digests.sent(member.id, day):
                had += 1
                continue
            try:
                await self._send(member, day)
                sent += 1
            except DigestNotSent as failed:
                refused, left = refused + failed.permanent, left + (not failed.permanent)
        return DigestTotals(sent, had, refused, left)

    async def _send(self, member: Member, day: date) -> None:
        after = await self.digests.last_until(member.id)
        digest = await make_digest(self.pool, member, day, self.today(), after)
        await self.sending.send(member, digest)
        await self.digests.keep(digest)
