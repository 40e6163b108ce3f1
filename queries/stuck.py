"""The supervisors' list: every case that is stuck, by harm, with each reason why; and what is stuck beside cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from domain.days import day_in_words
from domain.vocabulary import CaseRef
from queries.stuck_kinds import KINDS, PARKED, StuckKind
from queries.stuck_ranking import Place, Wanted, places
from queries.stuck_reasons import Known, Reason, found, parked, read_reasons, reasons_of

__all__ = [
    "KINDS",
    "Aside",
    "Asides",
    "Place",
    "Reason",
    "StuckCase",
    "StuckKind",
    "StuckPart",
    "Wanted",
    "asides",
    "stuck",
    "stuck_part",
]


@dataclass(frozen=True, slots=True)
class StuckCase:
    """A case that is stuck, with every reason, the most harmful first; `victim_heard_on` is the last contact.

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
    victim_heard_on: date | None
    place: Place
    reasons: tuple[Reason, ...]

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
        heard = self.victim_heard_on
        return f"The victim last heard on {day_in_words(heard)}." if heard else "The victim has not heard yet."

    @property
    def why(self) -> str:
        """Every reason in words, and when the victim last heard."""
        return " ".join((*(reason.why for reason in self.reasons), self.contact))


@dataclass(frozen=True, slots=True)
class StuckPart:
    """A part of the list, and the place after which it goes on; None: there is no more."""

    cases: tuple[StuckCase, ...]
    goes_on: Place | None


@dataclass(frozen=True, slots=True)
class Aside:
    """Something stuck that no case has: a message or a finding under a reference that the case file does not know."""

    ref: CaseRef
    reason: Reason


@dataclass(frozen=True, slots=True)
class Asides:
    """The longest of what is stuck beside cases; `goes_on`: there are more of them."""

    listed: tuple[Aside, ...] = ()
    goes_on: bool = False


async def stuck(
    pool: asyncpg.Pool,
    today: date,
    *,
    areas: Sequence[str] | None,
    limit: int,
    after: Place | None = None,
    kinds: Collection[StuckKind] | None = None,
    assigned_to: str | None = None,
) -> tuple[StuckCase, ...]:
    """Up to `limit` stuck cases of `areas` (None: all) after the place `after`, by harm, then the longest first.

    See `stuck_part`.
    """
    wanted = Wanted(areas, KINDS if kinds is None else kinds, assigned_to)
    return (await stuck_part(pool, today, wanted, limit, after)).cases


async def stuck_part(
    pool: asyncpg.Pool, today: date, wanted: Wanted, limit: int, after: Place | None = None
) -> StuckPart:
    """Up to `limit` of the `wanted` cases after the place `after`, by harm, then the longest first.

    `today` is a day of the cases' time. Cases are ranked among the kinds that are wanted; each has all its reasons all
    the same. A case that got going while this was read is left out, so there may be fewer although the list goes on.
    """
    standing = await places(pool, wanted, limit, after)
    rows = await read_reasons(pool, [place.ref for place in standing])
    cases = (_case(rows[place.ref], place, today) for place in standing if place.ref in rows)
    still = tuple(case for case in cases if any(reason.kind is case.kind for reason in case.reasons))
    return StuckPart(still, standing[-1] if len(standing) == limit else None)


def _case(known: Known, place: Place, today: date) -> StuckCase:
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
        victim_heard_on=case.victim_heard_on,
        place=place,
        reasons=reasons_of(known, today),
    )


# Neither has an area that can be relied on: whoever runs the service looks at them.
_PARKED = f"""
select inbox.id, inbox.source, inbox.ref, inbox.parked_reason, inbox.received_at from inbox
where {PARKED} and not exists (select from cases where cases.ref = inbox.ref)
order by inbox.received_at, inbox.id limit $1
"""  # noqa: S608 - the condition of the index

_FOUND = """
select findings.ref, kind, detail, since from findings
where kind = any($2) and not exists (select from cases where cases.ref = findings.ref)
order by since, findings.ref limit $1
"""


async def asides(pool: asyncpg.Pool, limit: int, kinds: Collection[StuckKind] = KINDS) -> Asides:
    """Up to `limit` each of parked messages and of findings of `kinds` that belong to no case, the longest first."""
    messages = await pool.fetch(_PARKED, limit + 1) if StuckKind.UNDELIVERED in kinds else []
    findings = await pool.fetch(_FOUND, limit + 1, list(kinds))
    listed = (
        *(Aside(row["ref"], parked(row["id"], *_message(row), "a case")) for row in messages[:limit]),
        *(Aside(row["ref"], found(row["kind"], row["detail"], row["since"])) for row in findings[:limit]),
    )
    return Asides(listed, goes_on=len(messages) > limit or len(findings) > limit)


def _message(row: asyncpg.Record) -> tuple[str, str, datetime]:
    return row["source"], row["parked_reason"], row["received_at"]
