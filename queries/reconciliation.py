"""The cases of the case file as a reconciliation goes through them: in the order of their references."""

from collections.abc import Mapping, Sequence

import asyncpg

from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary

_OPEN = """
select ref, stage, step from cases
where ref > $1 and ended_on is null
order by ref limit $2
"""

_SUMMARIES = "select ref, stage, step from cases where ref = any($1)"


class ReconciliationQueries:
    """The case file as a reconciliation reads it."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_open_cases(self, after: str, limit: int) -> tuple[CaseSummary, ...]:
        """The next `limit` open cases after the reference `after`, in order."""
        return tuple(CaseSummary(**row) for row in await self._pool.fetch(_OPEN, after, limit))

    async def get_summaries(self, refs: Sequence[CaseRef]) -> Mapping[CaseRef, CaseSummary]:
        """Those of `refs` that the case file has, open or ended."""
        return {row["ref"]: CaseSummary(**row) for row in await self._pool.fetch(_SUMMARIES, refs)}
