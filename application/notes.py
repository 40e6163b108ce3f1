"""The notes of a case. Their text is in the vault, which logs who reads it."""

from dataclasses import dataclass

from application.context import CaseworkContext
from domain.vocabulary import CaseRef
from ports.case_file import Entry


@dataclass(frozen=True, slots=True)
class CaseNote:
    """The note of an entry; `text` is None where it is no longer stored."""

    entry: Entry
    text: str | None


async def read_notes(
    context: CaseworkContext, ref: CaseRef, *, by: str, version: int | None = None
) -> tuple[CaseNote, ...]:
    """The notes of the case in the order of their entries, read by the account `by`; with `version` that entry's."""
    entries = [entry for entry in await context.history.list_entries(ref) if version in (None, entry.version)]
    return tuple([CaseNote(entry, await context.vault.get_note(entry.note, by=by)) for entry in entries if entry.note])
