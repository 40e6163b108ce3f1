"""What reconciliation has found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from domain.vocabulary import CaseRef
from domain.wording.findings import describe_finding

_FINDINGS = """
select ref, area, kind, detail, since from findings
where $1::text[] is null or area = any($1)
order by since, ref, kind limit $2
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between the case file and Temporal, or a failing workflow; `since` is real time."""

    ref: CaseRef
    area: str
    kind: str
    detail: str
    since: datetime

    @property
    def sentence(self) -> str:
        """The finding in words."""
        return describe_finding(self.detail).why


class FindingQueries:
    """Findings of reconciliation."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_findings(self, areas: Sequence[str] | None, limit: int) -> tuple[Finding, ...]:
        """Up to `limit` findings in `areas` (None: all), the oldest first."""
        return tuple(Finding(**row) for row in await self._pool.fetch(_FINDINGS, areas, limit))
