"""Changes of cases in the order in which they were committed. A reader misses none, whichever commits first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from domain.vocabulary import CaseRef

# Changes are numbered by their transaction, which may have made several; and transactions end in another order than
# they begin. Below the lowest that is still under way no number can come any more: up to there a reader has seen
# everything. `settled` is that number.
_BOUNDS = """
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 as settled, position as pruned from changes_pruned
"""

_AFTER = f"""
with bounds as ({_BOUNDS})
select settled, pruned, change.*
from bounds left join lateral (
    select position, ref, version, area, event, stage, step, at from changes
    where position > $1 and position <= settled and ($2::text[] is null or area = any($2))
    order by position fetch first $3 rows with ties
) as change on true
order by position, ref
"""  # noqa: S608 - the statement above


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A write to a case's file: `event` is its last entry's, with the state after it; `at` is the case's time."""

    position: int
    ref: CaseRef
    version: int
    area: str
    event: str
    stage: str
    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Changes in order, and the position up to which everything has been read."""

    changes: tuple[CaseChange, ...]
    position: int


@dataclass(frozen=True, slots=True)
class PositionExpired:
    """What came after the reader's position is no longer stored, or the position is not of this database.

    The reader reads again what it shows, and continues from `position`.
    """

    position: int


class ChangeQueries:
    """Reads changes by position."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def get_head(self) -> int:
        """The position after all that has been committed."""
        row = await self._pool.fetchrow(_BOUNDS)
        assert row is not None, "the row exists from the start"
        return int(row["settled"])

    async def read_after(
        self, position: int, *, areas: Sequence[str] | None, limit: int
    ) -> ChangeBatch | PositionExpired:
        """Up to `limit` changes of `areas` (None: all) after `position`, the oldest first.

        Those of one position come together, even where they are more than that.
        """
        rows = await self._pool.fetch(_AFTER, position, areas, limit)
        settled, pruned = rows[0]["settled"], rows[0]["pruned"]
        if not pruned <= position <= settled:
            return PositionExpired(settled)
        changes = tuple(CaseChange(*list(row)[2:]) for row in rows if row["ref"] is not None)
        return ChangeBatch(changes, changes[-1].position if len(changes) >= limit else settled)
