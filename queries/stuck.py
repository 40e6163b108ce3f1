"""Stuck cases, by harm, with every reason; and messages and findings that belong to no case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import asyncpg

from domain.vocabulary import CaseRef
from domain.wording.stuck import describe_last_update
from queries.stuck_kinds import DEAD_LETTERED, HARM_ORDER, KINDS, LONG_STANDING_WEEKS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter, candidates_statement
from queries.stuck_reasons import (
    STUCK_FACTS,
    StuckReason,
    explain_stuck,
    facts_by_ref,
    finding_reason,
    undelivered_reason,
)


@dataclass(frozen=True, slots=True)
class StuckCase:
    """A case that is stuck, with every reason, the most harmful first; `cursor` is its position in this list."""

    ref: CaseRef
    version: int
    area: str
    stage: str
    step: str
    on_hold: bool
    assigned_to: str
    received_at: datetime
    step_since: datetime
    victim_updated_on: date | None
    cursor: StuckCursor
    reasons: tuple[StuckReason, ...]

    @property
    def kind(self) -> StuckKind:
        """The kind under which it is listed."""
        return self.cursor.kind

    @property
    def since(self) -> datetime:
        """Since when it is stuck for that."""
        return self.cursor.since

    @property
    def contact(self) -> str:
        """When the victim was last updated, in a sentence."""
        return describe_last_update(self.victim_updated_on)

    @property
    def why(self) -> str:
        """Every reason in words, and when the victim was last updated."""
        return " ".join((*(reason.why for reason in self.reasons), self.contact))


@dataclass(frozen=True, slots=True)
class StuckCases:
    """A part of the list; `next_cursor` continues it, and is None at its end."""

    cases: tuple[StuckCase, ...]
    next_cursor: StuckCursor | None


@dataclass(frozen=True, slots=True)
class UnmatchedItem:
    """A message or a finding under a reference that the case file does not have."""

    ref: CaseRef
    reason: StuckReason


@dataclass(frozen=True, slots=True)
class UnmatchedItems:
    """Items that belong to no case, the oldest first."""

    items: tuple[UnmatchedItem, ...] = ()
    has_more: bool = False


# Neither has an area that can be relied on, so operators look at them.
_UNMATCHED_MESSAGES = f"""
select inbox.ref, inbox.id, inbox.source, inbox.dead_letter_reason, inbox.received_at from inbox
where {DEAD_LETTERED} and not exists (select from cases where cases.ref = inbox.ref)
order by inbox.received_at, inbox.id limit $1
"""  # noqa: S608 - the condition of the index

_UNMATCHED_FINDINGS = """
select findings.ref, kind, detail, since from findings
where kind = any($2) and not exists (select from cases where cases.ref = findings.ref)
order by since, findings.ref limit $1
"""


class StuckQueries:
    """What is stuck, and why. A wait is long-standing after `long_standing_weeks`."""

    def __init__(self, pool: asyncpg.Pool, long_standing_weeks: int = LONG_STANDING_WEEKS) -> None:
        self._pool = pool
        self._long_standing = timedelta(weeks=long_standing_weeks)

    async def list_stuck_cases(
        self, today: date, filters: StuckFilter, limit: int, cursor: StuckCursor | None = None
    ) -> StuckCases:
        """Up to `limit` stuck cases after `cursor`, by harm, then the longest stuck first.

        `today` is a day of the cases' time. Cases are ranked among the kinds that are asked for; each has all its
        reasons. A case that moved on while this was read is left out, so there may be fewer although there are more.
        """
        ranked = await self.rank_stuck_cases(today, filters, limit, cursor)
        row = await self._pool.fetchrow(STUCK_FACTS, [place.ref for place in ranked], self._long_since(today))
        assert row is not None, "the select has one row"
        facts = facts_by_ref(row)
        cases = []
        for place in ranked:
            if place.ref not in facts:
                continue
            case, reasons = facts[place.ref].case, explain_stuck(facts[place.ref], today)
            if any(reason.kind is place.kind for reason in reasons):
                cases.append(
                    StuckCase(
                        ref=case.ref,
                        version=case.version,
                        area=case.area,
                        stage=case.stage,
                        step=case.step,
                        on_hold=case.on_hold,
                        assigned_to=case.assigned_to,
                        received_at=case.received_at,
                        step_since=case.step_since,
                        victim_updated_on=case.victim_updated_on,
                        cursor=place,
                        reasons=reasons,
                    )
                )
        return StuckCases(tuple(cases), ranked[-1] if len(ranked) == limit else None)

    async def rank_stuck_cases(
        self, today: date, filters: StuckFilter, limit: int, cursor: StuckCursor | None = None
    ) -> tuple[StuckCursor, ...]:
        """Up to `limit` positions after `cursor`, in order."""
        long_since = self._long_since(today)
        ranked: list[StuckCursor] = []
        for kind in KINDS[HARM_ORDER[cursor.kind] if cursor else 0 :]:
            if kind in filters.kinds and len(ranked) < limit:
                start = cursor if cursor and cursor.kind is kind else None
                ranked += await self._rank_kind(kind, filters, limit - len(ranked), long_since, start)
        return tuple(ranked)

    async def _rank_kind(
        self, kind: StuckKind, filters: StuckFilter, limit: int, long_since: datetime, cursor: StuckCursor | None
    ) -> Sequence[StuckCursor]:
        """Up to `limit` positions of one kind: candidates are read in order until enough of them qualify."""
        # Keys of a dict: a case of which two asks have failed since the same moment is listed once.
        ranked: dict[StuckCursor, None] = {}
        batch = limit
        while True:
            statement, values = candidates_statement(kind, filters, batch, long_since, cursor)
            rows = await self._pool.fetch(statement, *values)
            for row in rows:
                since = row["since"]
                moment = since if isinstance(since, datetime) else datetime.combine(since, time.min, UTC)
                cursor = StuckCursor(kind, moment, row["ref"])
                if row["qualifies"]:
                    ranked[cursor] = None
            if len(rows) < batch or len(ranked) >= limit:
                return list(ranked)[:limit]
            batch *= 2

    def _long_since(self, today: date) -> datetime:
        """The moment before which a wait started that is long-standing on `today`."""
        return datetime.combine(today, time.min, UTC) - self._long_standing

    async def list_unmatched(self, limit: int, kinds: Collection[StuckKind] = KINDS) -> UnmatchedItems:
        """Up to `limit` each of dead-lettered messages and of findings of `kinds` that belong to no case."""
        with_messages = StuckKind.UNDELIVERED in kinds
        messages = await self._pool.fetch(_UNMATCHED_MESSAGES, limit + 1) if with_messages else []
        findings = await self._pool.fetch(_UNMATCHED_FINDINGS, limit + 1, list(kinds))
        items = [
            *((ref, undelivered_reason("a case", *message)) for ref, *message in messages[:limit]),
            *((ref, finding_reason(*finding)) for ref, *finding in findings[:limit]),
        ]
        has_more = len(messages) > limit or len(findings) > limit
        return UnmatchedItems(tuple(UnmatchedItem(*item) for item in items), has_more)
