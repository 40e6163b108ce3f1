"""What the operations of staff work with in tests: the real case file, a vault in memory, and cases that are given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from application.context import CaseworkContext
from domain.vocabulary import CaseRef
from ports.cases import Cases
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from queries.staff import StaffQueries


@dataclass
class MemoryVault:
    """A vault in memory."""

    victims: dict[str, dict[str, Any]] = field(default_factory=dict)
    offenders: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    changes: dict[tuple[CaseRef, str], dict[str, Any]] = field(default_factory=dict)

    async def save_victim(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        self.victims[ref] = dict(details)

    async def save_offender(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        self.offenders[ref] = dict(details)

    async def get_victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        return self.victims.get(ref)

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any] | None:
        if ref not in self.victims:
            return None
        self.victims[ref] = {name: value for name, value in {**self.victims[ref], **changes}.items() if value}
        return self.victims[ref]

    async def correct_offender(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        merged = {**self.offenders.get(ref, {}), **changes}
        self.offenders[ref] = {name: value for name, value in merged.items() if value not in (None, "", [])}
        return self.offenders[ref]

    async def store_change(self, ref: CaseRef, id: str, changes: Mapping[str, Any], *, by: str) -> None:
        self.changes.setdefault((ref, id), dict(changes))

    async def apply_change(self, ref: CaseRef, id: str) -> None:
        await self.correct_victim(ref, self.changes.get((ref, id), {}), by="")
        self.changes[ref, id] = {}

    async def drop_change(self, ref: CaseRef, id: str) -> None:
        self.changes.pop((ref, id), None)

    async def get_offender(self, ref: CaseRef, *, by: str = "service") -> Mapping[str, Any] | None:
        return self.offenders.get(ref)

    async def save_note(self, ref: CaseRef, text: str, *, by: str, id: UUID | None = None) -> str:
        note_id = str(id or uuid4())
        self.notes.setdefault(note_id, text)
        return note_id

    async def get_note(self, note_id: str, *, by: str) -> str | None:
        return self.notes.get(note_id)


def make_context(pool: asyncpg.Pool, cases: Cases) -> CaseworkContext:
    """The context of a test: `cases` answer as the test says."""
    return CaseworkContext(
        CaseQueries(pool), CaseHistory(pool), cases, MemoryVault(), StaffQueries(pool), lambda: datetime.now(UTC)
    )
