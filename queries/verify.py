"""Whether the case file is as it was written: each case's chain of entries, and the case against its last entry."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import asyncpg

from domain.vocabulary import CaseRef
from ports.case_file import Entry
from ports.entry_chain import START, canonical, digest

PREFETCH = 1000

# In the order of the primary key, so that the file is streamed and one case is held at a time.
_ROWS = """
select cases.ref, cases.version as case_version, cases.stage as case_stage, cases.step as case_step,
    cases.reason as case_reason, state ->> 'version' as state_version, entries.version, id, event, data, by, at,
    entries.stage, entries.step, entries.reason, note, coalesce(inbox, 0) as inbox, entries.rules, occurred_on, digest
from cases left join entries using (ref)
where $1::text is null or ref = $1
order by cases.ref, entries.version
"""


_ENTRY_FIELDS = (
    "version",
    "id",
    "event",
    "data",
    "by",
    "at",
    "stage",
    "step",
    "reason",
    "note",
    "inbox",
    "rules",
    "occurred_on",
)


class ChainFaultKind(StrEnum):
    """What is wrong."""

    GAP = "gap"
    """A number is missing before this entry."""
    WRONG_DIGEST = "wrong_digest"
    """The entry, or its digest, is not as it was written."""
    CASE_DIFFERS = "case_differs"
    """The case's row says something else than its last entry."""
    NO_ENTRIES = "no_entries"
    """The case has no entries."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A fault of the case `ref` at the entry `version`; for the case's row, that of the last entry."""

    ref: CaseRef
    version: int
    kind: ChainFaultKind
    detail: str = ""

    def __str__(self) -> str:
        """One line that names it."""
        return _SENTENCES[self.kind].format(fault=self)


_SENTENCES = {
    ChainFaultKind.GAP: "{fault.ref}: entries are missing before entry {fault.version}",
    ChainFaultKind.WRONG_DIGEST: "{fault.ref}: entry {fault.version} is not as it was written",
    ChainFaultKind.CASE_DIFFERS: (
        "{fault.ref}: the case is not as entry {fault.version}, its last, leaves it: {fault.detail}"
    ),
    ChainFaultKind.NO_ENTRIES: "{fault.ref}: the case has no entries",
}


class ChainVerifier:
    """Verifies the hash chains of cases."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def verify_chain(self, ref: str) -> tuple[ChainFault, ...]:
        """What is wrong with the case `ref`; nothing where all is well, or where there is no such case."""
        return tuple([fault async for fault in self.verify_chains(ref)])

    async def verify_chains(self, ref: str | None = None) -> AsyncIterator[ChainFault]:
        """What is wrong with the case `ref` (None: any case), by reference, at one moment of the file."""
        rows: list[asyncpg.Record] = []
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            async for row in connection.cursor(_ROWS, ref, prefetch=PREFETCH):
                if rows and rows[0]["ref"] != row["ref"]:
                    for fault in _faults(rows):
                        yield fault
                    rows = []
                rows.append(row)
        for fault in _faults(rows) if rows else ():
            yield fault


def _faults(rows: list[asyncpg.Record]) -> Iterator[ChainFault]:
    """The faults of one case, whose rows these are."""
    ref, last = CaseRef(rows[0]["ref"]), rows[-1]
    if last["version"] is None:
        yield ChainFault(ref, 0, ChainFaultKind.NO_ENTRIES)
        return
    version, before = 0, START
    for row in rows:
        if row["version"] != version + 1:
            yield ChainFault(ref, row["version"], ChainFaultKind.GAP)
        entry = Entry(**{name: row[name] for name in _ENTRY_FIELDS})
        if row["digest"] != digest(before, canonical(ref, entry)):
            yield ChainFault(ref, row["version"], ChainFaultKind.WRONG_DIGEST)
        version, before = row["version"], row["digest"]
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("version", last["case_version"], last["version"]),
        ("stage", last["case_stage"], last["stage"]),
        ("step", last["case_step"], last["step"]),
        ("reason", last["case_reason"], last["reason"]),
        ("state", last["state_version"], str(last["version"])),
    )
    differing = ", ".join(name for name, in_case, in_entry in pairs if in_case != in_entry)
    if differing:
        yield ChainFault(ref, version, ChainFaultKind.CASE_DIFFERS, differing)
