"""What the doors need of the outside: one Protocol a role, and the parts that an application is made of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from activities.ports import Directory
from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message from an agency, checked as far as it can be without looking at the case.

    `message_id` is the sender's own, unique within `source`; `record` is the JSON of `workflows.messages`;
    `note` is free text for the vault, empty where there is none; `digest` is the SHA-256 of the body.
    """

    source: str
    message_id: str
    ref: CaseRef
    record: Mapping[str, Any]
    note: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """`status` is `received`, `applied` or `refused`; `reason` is a `Refusal`, or empty."""

    message_id: str
    ref: str
    event: str
    status: str
    reason: str
    received_at: datetime


class Inbox(Protocol):
    """Where a message is stored before it is acknowledged."""

    async def accept_event(self, message: Incoming) -> bool:
        """Store `message`, and its note in the vault, in one transaction; whether it is new."""

    async def status(self, source: str, message_id: str) -> Standing | None:
        """What became of a message of this source; None: there is none."""


Check = Callable[[], Awaitable[bool]]
"""Whether something that the service needs answers now."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an application is made of.

    `away` are the errors by which a port says that the store is away; `checks` are those of readiness,
    by the name of what they look at; `stored` is called after each new message, so that its delivery need not
    wait; `public_url` is where agencies reach us.
    """

    inbox: Inbox
    directory: Directory
    checks: Mapping[str, Check]
    public_url: str
    away: tuple[type[Exception], ...] = (OSError, TimeoutError)
    stored: Callable[[], None] = lambda: None
