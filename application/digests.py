"""What a supervisor is sent in the morning: new alerts, the worst stuck cases, and how much there is of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import asyncpg

from ports.digests import DigestTotals
from ports.staff import Member
from queries.alerts import Alert, alerts, alerts_head, with_supervisors
from queries.board import Standing, board, caseloads
from queries.stuck import StuckCase, stuck

MOST_ALERTS, WORST = 30, 10


@dataclass(frozen=True, slots=True)
class Digest:
    """A supervisor's morning. `alerts` are the latest first; `until` is the last alert that it knows of.

    `standing` counts open cases and those overdue, about a minute old; `nobody` are open and nobody has them.
    """

    member: str
    day: date
    alerts: tuple[Alert, ...]
    worst: tuple[StuckCase, ...]
    standing: Standing
    nobody: int
    with_supervisors: int
    until: int


class NotDelivered(Exception):
    """A digest was not taken: `permanent` where its address is refused. `code` says how."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Sending(Protocol):
    """Brings digests to supervisors."""

    async def send(self, member: Member, digest: Digest) -> None:
        """Send it; again it has the same id. Raises NotDelivered."""


class Digests(Protocol):
    """Keeps who was sent which digest."""

    async def supervisors(self) -> tuple[Member, ...]:
        """The active supervisors who have an address, in order."""

    async def sent(self, member: str, day: date) -> bool:
        """Whether they were sent that of `day`."""

    async def last_until(self, member: str) -> int:
        """Up to which alert their last digest went; 0: they have had none."""

    async def keep(self, digest: Digest) -> None:
        """It was sent."""


async def digest_of(pool: asyncpg.Pool, member: Member, day: date, today: date, after: int) -> Digest:
    """The digest of `day` for `member`: alerts after `after`; `today` is the cases' day."""
    areas = None if member.areas is None else sorted(member.areas)
    until = await alerts_head(pool)
    shown, people = await board(pool, areas), await caseloads(pool, areas)
    return Digest(
        member=member.id,
        day=day,
        alerts=await alerts(pool, after, until, areas=areas, limit=MOST_ALERTS),
        worst=await stuck(pool, today, areas=areas, limit=WORST),
        standing=shown.standing if shown else Standing(),
        nobody=sum(each.open for each in people.people if not each.assigned_to) if people else 0,
        with_supervisors=await with_supervisors(pool, areas),
        until=until,
    )


@dataclass(frozen=True, slots=True)
class MorningDigests:
    """Implements `activities.digests.DigestSender`. `today` gives the cases' day."""

    pool: asyncpg.Pool
    digests: Digests
    sending: Sending
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
            except NotDelivered as failed:
                refused, left = refused + failed.permanent, left + (not failed.permanent)
        return DigestTotals(sent, had, refused, left)

    async def _send(self, member: Member, day: date) -> None:
        after = await self.digests.last_until(member.id)
        digest = await digest_of(self.pool, member, day, self.today(), after)
        await self.sending.send(member, digest)
        await self.digests.keep(digest)
