"""The inbox: where a message is stored before it is acknowledged, and what becomes of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from domain.refusals import CaseworkError
from domain.refused_messages import Resolution
from domain.vocabulary import CaseRef, Refusal


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A record for a case, as it arrives: `record` is its JSON without what is stored with it; `note` is free text.

    `message_id` is unique within `source`; `digest` is the keyed digest of what was received.
    """

    source: str
    message_id: str
    ref: CaseRef
    record: Mapping[str, Any]
    digest: bytes
    note: str = field(default="", repr=False)


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

    async def accept(self, message: InboxMessage) -> AcceptedMessage:
        """Store a message, and its free text in the vault, in one transaction; a known one is not changed.

        Raises an error of an unavailable database within seconds.
        """

    async def get_status(self, source: str, message_id: str) -> MessageStatus | None:
        """Return what became of a message of this source; None: there is none."""


RejectionReason = Literal[Refusal.NOT_DELIVERED, Refusal.RECORDED_OTHERWISE, Refusal.CASE_CLOSED, Refusal.UNKNOWN_CASE]
"""Why a message may be rejected: each has a sentence that its sender can act on."""


class UndeliveredReason(StrEnum):
    """Why a message can be neither retried nor rejected."""

    UNKNOWN = "unknown"
    RESOLVED = "resolved"
    """It was applied or refused."""
    DELIVERED = "delivered"
    """Its case has it, and will decide."""
    BEING_TRIED = "being_tried"
    """A delivery is under way now."""
    NOT_DEAD_LETTERED = "not_dead_lettered"
    """It is still retried, and an attempt whose answer was lost may have reached the case: it cannot be rejected."""


class DecisionNotPossible(CaseworkError):
    """The message can be neither retried nor rejected now, for `reason`."""

    def __init__(self, reason: UndeliveredReason) -> None:
        super().__init__(reason)
        self.reason = reason


class InboxDecisions(Protocol):
    """Decisions about messages that were not delivered, each stored with who took it; `by` is an account."""

    async def retry(self, inbox_id: int, by: str) -> None:
        """Have a message tried now: one that is dead-lettered, or that waits for its next try.

        Raises DecisionNotPossible.
        """

    async def resolve(self, inbox_id: int, reason: RejectionReason, by: str) -> None:
        """End a dead-lettered message as refused for `reason`, which its sender reads. Raises DecisionNotPossible."""


ResolveRefusedMessage = Callable[[int, Resolution, str], Awaitable[bool]]
"""Store how an account resolved a message that the process refused; False: it was resolved before, and stays so."""
