"""The inbox: where a message is stored before it is acknowledged, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """A message or request that is stored under `id`; not `first`: it was known already.

    `id_reused`: a message with this id is known and has other contents.
    """

    id: int
    ref: CaseRef
    first: bool
    id_reused: bool = False


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """What became of a message: `status` is `received`, `applied` or `refused`, `reason` a `Refusal` or empty."""

    message_id: str
    ref: CaseRef
    event: str
    status: str
    reason: str
    detail: str
    received_at: datetime


class Inbox(Protocol):
    """Stores messages of agencies."""

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> AcceptedMessage:
        """Store a message, and its free text in the vault, in one transaction; a known one is not changed.

        `message_id` is unique within `source`; `body` is `{"event", "data", "by"}`, codes only; `digest` is the
        SHA-256 of the request's body. Raises an error of an unavailable database within seconds.
        """

    async def status(self, source: str, message_id: str) -> MessageStatus | None:
        """Return what became of a message of this source; None: there is none."""
