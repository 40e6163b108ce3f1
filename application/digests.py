"""Morning digests: what each supervisor and each caseworker is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date

from domain.people import Person, StaffRole
from domain.wording.digest import Digest, DigestCase, describe_news, describe_transfer
from ports.digests import DigestNotSent, DigestTotals
from ports.staff import Member, MemberFilters
from queries.board import BoardQueries
from queries.cases import CaseQueries
from queries.digests import DigestQueries
from queries.news import News
from queries.staff import StaffQueries
from queries.stuck import StuckQueries
from queries.stuck_ranking import StuckFilter

MAX_ALERTS, MAX_STUCK, MAX_TRANSFERS = 30, 10, 10


@dataclass(frozen=True, slots=True)
class DigestMaker:
    """Makes digests of what the case file has."""

    queries: DigestQueries
    board: BoardQueries
    stuck: StuckQueries
    news: News
    cases: CaseQueries

    async def make_digest(self, member: str, areas: frozenset[str] | None, day: date, today: date) -> Digest:
        """The digest of `day` for a supervisor of `areas` (None: all), since their last; `today` is the cases' day."""
        within = None if areas is None else sorted(areas)
        until = await self.queries.get_last_alert()
        after = await self.queries.get_last_until(member)
        board, caseloads = await self.board.get_board(within), await self.board.get_caseloads(within)
        stuck = await self.stuck.list_stuck_cases(today, StuckFilter(within), MAX_STUCK)
        transfers = await self.cases.list_transfers(within, MAX_TRANSFERS)
        return Digest(
            member=member,
            day=day,
            transfers=tuple(
                describe_transfer(of.ref, of.to_area, of.step, of.flags, of.proposed_on, of.due_on) for of in transfers
            ),
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

    async def make_caseworker_digest(self, person: Person, day: date, today: date) -> Digest:
        """The digest of `day` for a caseworker: what is new in their own cases, and which of these are stuck."""
        found = await self.news.list_cases(person.account, person.id, person.within, today, MAX_ALERTS)
        stuck = await self.stuck.list_stuck_cases(today, StuckFilter(person.within, assigned_to=person.id), MAX_STUCK)
        caseloads = await self.board.get_caseloads(person.within, including=person.id)
        people = caseloads.people if caseloads else ()
        own = next((load for load in people if load.assigned_to == person.id), None)
        return Digest(
            member=person.id,
            day=day,
            alerts=tuple(describe_news(case.ref, case.entries, case.last_event) for case in found),
            stuck=tuple(
                DigestCase(
                    case.ref, case.area, case.assigned_to, case.why, tuple(reason.can_do for reason in case.reasons)
                )
                for case in stuck.cases
            ),
            open=own.open if own else 0,
            overdue=own.overdue if own else 0,
            unassigned=sum(load.open for load in people if not load.assigned_to),
            is_own=True,
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
        supervisors = await self.staff.list_members(MemberFilters(role=StaffRole.SUPERVISOR))
        caseworkers = await self.staff.list_members(MemberFilters(role=StaffRole.CASEWORKER))
        for member in (*supervisors, *(member for member in caseworkers if member not in supervisors)):
            if not member.email:
                continue
            heartbeat()
            if await self.maker.queries.was_sent(member.id, day):
                already_sent += 1
                continue
            if StaffRole.SUPERVISOR in member.roles:
                digest = await self.maker.make_digest(member.id, member.areas, day, self.today())
            else:
                person = Person(member.id, member.roles, member.areas)
                digest = await self.maker.make_caseworker_digest(person, day, self.today())
            try:
                await self.deliver(member, digest)
            except DigestNotSent as failed:
                refused, left = refused + failed.permanent, left + (not failed.permanent)
            else:
                await self.save_sent(digest)
                sent += 1
        return DigestTotals(sent, already_sent, refused, left)
