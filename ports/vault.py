"""The vault: personal details and free text, which are kept nowhere else and travel nowhere."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from domain.vocabulary import CaseRef

THE_SERVICE = "service"
"""Who reads where no person asked: the service, in carrying out a case's effects."""


class Vault(Protocol):
    """Where the two sides' details are kept, apart from each other, and the notes that entries refer to.

    `by` says who writes or reads: `staff:…`, `agency:…` or the service. It names an account, never a person.
    """

    async def save_victim(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Keep the victim's details, in place of any that are there."""

    async def save_offender(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Keep the offender's details, in place of any that are there."""

    async def get_victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        """The victim's details; None: there are none, or no longer."""

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, str], *, by: str) -> Mapping[str, Any] | None:
        """Change these of the victim's details, and give all; an empty value removes a detail.

        None: there are none, or no longer.
        """

    async def get_offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        """The offender's details; None: there are none, or no longer. The service reads them to ask an agency."""

    async def save_note(self, ref: CaseRef, text: str, *, by: str, id: UUID | None = None) -> str:
        """Keep a free text, and give the id by which an entry refers to it: `id`, or a new one.

        What is kept under an `id` stays: a note that is sent again is one note.
        """

    async def get_note(self, note_id: str, *, by: str) -> str | None:
        """The text of a note; None: there is none, or no longer."""
