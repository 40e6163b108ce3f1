"""Cover for an absent colleague: all of their open cases go to another, and those very cases come back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.bulk import BulkResult, apply_to_cases, reassign
from application.record_event import CaseworkContext
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused, Refusal
from domain.vocabulary import CaseRef
from workflows.record_codec import ACCOUNT

OPEN_CASES = """
select ref from cases
where assigned_to = $1 and ended_on is null and ($2::text[] is null or area = any($2))
order by received_at, ref
"""


class UnknownCover(CaseworkError):
    """There is no such cover."""


CoverCursor = tuple[datetime, str]
"""Where a cover stands in a list: when it began, and its id."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Who has the cases of whom, since when, and how many that one sees; `ended_at` is set once they went back.

    Real times.
    """

    id: str
    absent: str
    covering: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    cases: int

    @property
    def goes_on(self) -> bool:
        """Whether cases may still have to go back."""
        return self.ended_at is None

    @property
    def place(self) -> CoverCursor:
        """Where it stands in a list."""
        return self.started_at, self.id


class Covers(Protocol):
    """Where it is kept who covers for whom, and with which cases.

    `person` sees the covers of cases of their areas, and these cases only; of no case at all, those that they began.
    """

    async def begin(self, id: str, absent: str, covering: str, by: str) -> None:
        """Keep a cover; one that is there stays as it is."""

    async def took(self, id: str, refs: Sequence[str]) -> None:
        """These cases have gone to the one who covers."""

    async def covered(self, id: str, person: Person) -> tuple[CaseRef, ...]:
        """The open cases of the cover that the one who covers still has, as far as `person` sees them."""

    async def end(self, id: str, person: Person) -> None:
        """The cases have gone back. Where some have not, since `person` does not see them or they are in a later cover
        of the one who covers, it goes on.
        """

    async def cover(self, id: str, person: Person) -> Cover | None:
        """The cover named `id`; None: there is none that `person` sees."""

    async def covers(
        self, person: Person, *, is_open: bool, limit: int | None = None, after: CoverCursor | None = None
    ) -> tuple[Cover, ...]:
        """Those that run, or those that have ended, the latest first: up to `limit` (None: all) from `after` on."""


async def start_cover(
    desk: CaseworkContext, covers: Covers, person: Person, absent: str, covering: str, id: str
) -> tuple[Cover, tuple[BulkResult, ...]]:
    """Give `covering` the open cases of `absent` that `person` may see. The same `id` again goes on where it broke off.

    What came of each case; one that could not be given stays where it was. Nothing goes over under a cover that has
    ended meanwhile. Raises RecordRefused for a name that is no account's: covers are kept where no personal details may be.
    """
    _require_accounts(absent=absent, covering=covering)
    await covers.begin(id, absent, covering, person.account)
    known = await covers.cover(id, person)
    if known is not None and not known.goes_on:
        return known, ()
    rows = await desk.pool.fetch(OPEN_CASES, absent, person.within)
    # Kept first: a case that went over without being kept would not come back.
    refs = [row["ref"] for row in rows]
    await covers.took(id, refs)
    done = await apply_to_cases(desk, person, refs, reassign(covering), id)
    return await _known(covers, id, person), done


async def end_cover(
    desk: CaseworkContext, covers: Covers, person: Person, cover: str, id: str
) -> tuple[Cover, tuple[BulkResult, ...]]:
    """Give back to who was absent the cases of `cover` that are still with the one who covers.

    The cover goes on where a case could not be given back, is of another's areas, or is covered for in turn by a cover
    that began later: ended again, once that one is over, it gives back the rest. Raises UnknownCover.
    """
    known = await _known(covers, cover, person)
    done = await apply_to_cases(desk, person, await covers.covered(cover, person), reassign(known.absent), id)
    if all(each.failed is None for each in done):
        await covers.end(cover, person)
    return await _known(covers, cover, person), done


def _require_accounts(**named: str) -> None:
    for field, account in named.items():
        if not account or not ACCOUNT.fullmatch(account):
            raise RecordRefused(Refusal.FREE_TEXT, field)


async def _known(covers: Covers, id: str, person: Person) -> Cover:
    cover = await covers.cover(id, person)
    if cover is None:
        raise UnknownCover
    return cover
