"""The free texts of a case, which are kept in the vault: it is remembered who reads them."""

from dataclasses import dataclass

import asyncpg

from domain.vocabulary import CaseRef
from ports.case_file import Entry
from ports.vault import Vault
from queries.case_history import CaseHistory


@dataclass(frozen=True, slots=True)
class Note:
    """What was written beside an entry; `text` is None where it is no longer kept."""

    entry: Entry
    text: str | None


async def read_notes(
    pool: asyncpg.Pool, vault: Vault, ref: CaseRef, *, by: str, version: int | None = None
) -> tuple[Note, ...]:
    """The notes of the case in the order of their entries, read by the account `by`; with `version` that entry's only."""
    noted = [
        entry for entry in await CaseHistory(pool).list_entries(ref) if entry.note and version in (None, entry.version)
    ]
    return tuple([Note(entry, await vault.note(entry.note, by=by)) for entry in noted])
