"""The supervisors' list: every case that is stuck, by harm, with each reason why; and what is stuck beside cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.days import format_day
from domain.vocabulary import CaseRef
from queries.stuck_kinds import DEAD_LETTERED, KINDS, StuckKind
from queries.stuck_ranking import StuckCursor, StuckFilter, rank_stuck_cases
from queries.stuck_reasons import (
    StuckFacts,
    StuckReason,
    explain_stuck,
    finding_reason,
    read_facts,
    undelivered_message,
)

__all__ = [
    "KINDS",
    "UnmatchedItem",
    "UnmatchedItems",
    "StuckCursor",
    "StuckReason",
    "StuckCase",
    "StuckKind",
    "StuckCases",
    "StuckFilter",
    "list_unmatched",
    "stuck",
    "stuck_part",
]


@dataclass(frozen=True, slots=True)
class StuckCase:
    """A case that is stuck, with every reason, the most harmful first; `victim_updated_on` is the last contact.

    `place` says where it stands in this list, and of which kind it is there: the list goes on after it.
    """

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
    place: StuckCursor
    reasons: tuple[StuckReason, ...]

    @property
    def kind(self) -> StuckKind:
        """For what it stands where it does."""
        return self.place.kind

    @property
    def since(self) -> datetime:
        """Since when it is stuck for that."""
        return self.place.since

    @property
    def contact(self) -> str:
        """When the victim last heard, in a sentence."""
        heard = self.victim_updated_on
        return f"The victim last heard on {format_day(heard)}." if heard else "The victim has not heard yet."

    @property
    def why(self) -> str:
        """Every reason in words, and when the victim last heard."""
        return " ".join((*(reason.why for reason in self.reasons), self.contact))


@dataclass(frozen=True, slots=True)
class StuckCases:
    """A part of the list, and the place after which it goes on; None: there is no more."""

    cases: tuple[StuckCase, ...]
    goes_on: StuckCursor | None


@dataclass(frozen=True, slots=True)
class UnmatchedItem:
    """Something stuck that no case has: a message or a finding under a reference that the case file does not know."""

    ref: CaseRef
    reason: StuckReason


@dataclass(frozen=True, slots=True)
class UnmatchedItems:
    """The longest of what is stuck beside cases; `goes_on`: there are more of them."""

    listed: tuple[UnmatchedItem, ...] = ()
    goes_on: bool = False


async def stuck(
    pool: asyncpg.Pool,
    today: date,
    *,
    areas: Sequence[str] | None,
    limit: int,
    after: StuckCursor | None = None,
    kinds: Collection[StuckKind] | None = None,
    assigned_to: str | None = None,
) -> tuple[StuckCase, ...]:
    """Up to `limit` stuck cases of `areas` (None: all) after the place `after`, by harm, then the longest first.

    See `list_stuck_cases`.
    """
    wanted = StuckFilter(areas, KINDS if kinds is None else kinds, assigned_to)
    return (await list_stuck_cases(pool, today, wanted, limit, after)).cases


async def list_stuck_cases(
    pool: asyncpg.Pool, today: date, wanted: StuckFilter, limit: int, after: StuckCursor | None = None
) -> StuckCases:
    """Up to `limit` of the `wanted` cases after the place `after`, by harm, then the longest first.

    `today` is a day of the cases' time. Cases are ranked among the kinds that are wanted; each has all its reasons all
    the same. A case that got going while this was read is left out, so there may be fewer although the list goes on.
    """
    standing = await rank_stuck_cases(pool, wanted, limit, after)
    rows = await read_facts(pool, [place.ref for place in standing])
    cases = (_case(rows[place.ref], place, today) for place in standing if place.ref in rows)
    still = tuple(case for case in cases if any(reason.kind is case.kind for reason in case.reasons))
    return StuckCases(still, standing[-1] if len(standing) == limit else None)


def _case(known: StuckFacts, place: StuckCursor, today: date) -> StuckCase:
    case = known.case
    return StuckCase(
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
        place=place,
        reasons=explain_stuck(known, today),
    )


# Neither has an area that can be relied on: whoever runs the service looks at them.
_DEAD_LETTERED = f"""
select inbox.id, inbox.source, inbox.ref, inbox.dead_letter_reason, inbox.received_at from inbox
where {DEAD_LETTERED} and not exists (select from cases where cases.ref = inbox.ref)
order by inbox.received_at, inbox.id limit $1
"""  # noqa: S608 - the condition of the index

_FOUND = """
select findings.ref, kind, detail, since from findings
where kind = any($2) and not exists (select from cases where cases.ref = findings.ref)
order by since, findings.ref limit $1
"""


async def list_unmatched(pool: asyncpg.Pool, limit: int, kinds: Collection[StuckKind] = KINDS) -> UnmatchedItems:
    """Up to `limit` each of dead-lettered messages and of findings of `kinds` that belong to no case, the longest first."""
    messages = await pool.fetch(_DEAD_LETTERED, limit + 1) if StuckKind.UNDELIVERED in kinds else []
    findings = await pool.fetch(_FOUND, limit + 1, list(kinds))
    listed = (
        *(
            UnmatchedItem(row["ref"], undelivered_message(row["id"], *_message(row), "a case"))
            for row in messages[:limit]
        ),
        *(
            UnmatchedItem(row["ref"], finding_reason(row["kind"], row["detail"], row["since"]))
            for row in findings[:limit]
        ),
    )
    return UnmatchedItems(listed, goes_on=len(messages) > limit or len(findings) > limit)


def _message(row: asyncpg.Record) -> tuple[str, str, datetime]:
    return row["source"], row["dead_letter_reason"], row["received_at"]
