"""The vault: personal details and free text, which are stored nowhere else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from domain.vocabulary import CaseRef

THE_SERVICE = "service"
"""The reader where no person asked: the service itself, in carrying out a case's effects."""


FindRefsByPhone = Callable[[str], Awaitable[tuple[CaseRef, ...]]]
"""The cases whose victim has a telephone number, however it is written."""


class Vault(Protocol):
    """Stores the details of the two sides apart from each other, and the notes that entries refer to.

    `by` is the account that writes or reads: `staff:…`, `agency:…` or the service; never a person's name.
    """

    async def save_victim(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Store the victim's details; they replace earlier ones."""

    async def save_offender(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Store the offender's details; they replace earlier ones."""

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any] | None:
        """Change some of the victim's details and return all of them; an empty value removes a detail.

        None: there are none, or they were erased. That they were corrected is recorded.
        """

    async def correct_offender(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Change or add details of the offender, as `correct_victim` does; they may come later than the request."""

    async def store_change(self, ref: CaseRef, id: str, changes: Mapping[str, Any], *, by: str) -> None:
        """Store changes of the victim's details that are applied later, once the case has the entry `id`.

        A change that is stored twice under its id is one change.
        """

    async def apply_change(self, ref: CaseRef, id: str) -> None:
        """Apply a stored change, as `correct_victim` does; one that was applied before changes nothing."""

    async def drop_change(self, ref: CaseRef, id: str) -> None:
        """Forget a stored change, unless it was applied."""

    async def get_victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        """Return the victim's details; None: there are none, or they were erased."""

    async def get_offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        """Return the offender's details; None: there are none, or they were erased."""

    async def save_note(self, ref: CaseRef, text: str, *, by: str, id: UUID | None = None) -> str:
        """Store a free text and return the id by which an entry refers to it: `id`, or a new one.

        The text under an `id` never changes: a note that is sent twice is one note.
        """

    async def get_note(self, note_id: str, *, by: str) -> str | None:
        """Return the text of a note; None: there is none, or it was erased."""
