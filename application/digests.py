"""Morning digests: what each supervisor is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from domain.people import StaffRole
from domain.wording.digest import Digest, DigestCase
from ports.digests import DigestNotSent, DigestTotals
from ports.staff import Member, MemberFilters
from queries.board import BoardQueries
from queries.digests import DigestQueries
from queries.staff import StaffQueries
from queries.stuck import StuckQueries
from queries.stuck_ranking import StuckFilter

MAX_ALERTS, MAX_STUCK = 30, 10


@dataclass(frozen=True, slots=True)
class DigestMaker:
    """Makes digests of what the case file has."""

    queries: DigestQueries
    board: BoardQueries
    stuck: StuckQueries

    async def make_digest(self, member: str, areas: frozenset[str] | None, day: date, today: date) -> Digest:
        """The digest of `day` for a supervisor of `areas` (None: all), since their last; `today` is the cases' day."""
        within = None if areas is None else sorted(areas)
        until = await self.queries.get_last_alert()
        after = await self.queries.get_last_until(member)
        board, caseloads = await self.board.get_board(within), await self.board.get_caseloads(within)
        stuck = await self.stuck.list_stuck_cases(today, StuckFilter(within), MAX_STUCK)
        return Digest(
            member=member,
            day=day,
            alerts=await self.queries.list_alerts(after, until, areas=within, limit=MAX_ALERTS),
            stuck=tuple(
                DigestCase(
                    case.ref, case.area, case.assigned_to, case.why, tuple(reason.can_do for reason in case.reasons)
                )
                for case in stuck.cases
            ),
            open=board.counts.open if board else 0,
            overdue=board.counts.overdue if board else 0,
            unassigned=sum(load.open for load in caseloads.people if not load.assigned_to) if caseloads else 0,
            with_supervisors=await self.queries.count_waits_on_supervisors(within),
            until=until,
        )


@dataclass(frozen=True, slots=True)
class MorningDigests:
    """Implements `ports.digests.DigestService`: `deliver` raises DigestNotSent, `today` gives the cases' day."""

    maker: DigestMaker
    staff: StaffQueries
    deliver: Callable[[Member, Digest], Awaitable[None]]
    save_sent: Callable[[Digest], Awaitable[None]]
    today: Callable[[], date]

    async def send(self, day: date, heartbeat: Callable[[], None]) -> DigestTotals:
        """Send those of `day` that are not sent yet; see the port."""
        sent = already_sent = refused = left = 0
        for member in await self.staff.list_members(MemberFilters(role=StaffRole.SUPERVISOR)):
            if not member.email:
                continue
            heartbeat()
            if await self.maker.queries.was_sent(member.id, day):
                already_sent += 1
                continue
            digest = await self.maker.make_digest(member.id, member.areas, day, self.today())
            try:
                await self.deliver(member, digest)
            except DigestNotSent as failed:
                refused, left = refused + failed.permanent, left + (not failed.permanent)
            else:
                await self.save_sent(digest)
                sent += 1
        return DigestTotals(sent, already_sent, refused, left)
