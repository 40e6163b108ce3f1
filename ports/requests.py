"""Requests for restorative justice as staff enter them: how they are checked and accepted."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from domain.events import Actor, Continuation
from domain.refusals import CaseworkError
from domain.vocabulary import AgeGroup, CaseRef
from ports.inbox import AcceptedMessage

AcceptRequest = Callable[[Mapping[str, Any], str, Actor, Continuation | None], Awaitable[AcceptedMessage]]
"""Store a request under its `source_id`, which is unique within a source, with personal data in the vault.

Takes the request, its source, who enters it, and the ended case that it continues. Raises InvalidInput.
"""

ReadDetails = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A person's details as the vault stores them, by the rules of a request's. Raises InvalidInput."""


CheckAge = Callable[[AgeGroup, Mapping[str, Any], date], None]
"""Compares the details of an offender with the age group of the case, today. Raises InvalidInput."""


class InvalidInput(CaseworkError):
    """A request or a victim's details break rules. Each of `errors` is a field and a rule, and repeats no value."""

    def __init__(self, errors: tuple[tuple[str, str], ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        """All errors in one line."""
        return "; ".join(f"{field} {problem}".strip() for field, problem in self.errors)


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """What became of a row of a file: the case's `ref`, or the `errors`, each a field and a rule.

    `first`: the row was not imported before. `differs` names the fields in which a row that was imported before now
    differs, which changed nothing; `refused` is why the process refuses the request.
    """

    line: int
    source_id: str
    ref: CaseRef | None = None
    first: bool = False
    errors: tuple[tuple[str, str], ...] = ()
    differs: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How a file was read: its `encoding`, and what is between its cells; empty: it is JSON Lines."""

    encoding: str
    separator: str


NameCheck = Callable[[str, str], tuple[str, str] | None]
"""Which of the area and the referrer of a request is wrong, and why; None: neither."""

ImportFile = Callable[[BinaryIO, bool, str, Actor, NameCheck], AsyncIterator[FileFormat | ImportedRow]]
"""Store the requests of a file as they are read. Takes the file, whether it is CSV, its source, and who imports it.

The first item says how the file is written; each further one is a row.
"""
