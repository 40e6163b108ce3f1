"""What the doors need of the outside: one Protocol a role, and the parts that an application is made of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from activities.ports import Directory
from domain.vocabulary import CaseRef


class Accepted(Protocol):
    """What a message was stored as."""

    @property
    def first(self) -> bool:
        """Whether it was not known yet."""


class Standing(Protocol):
    """What became of a message."""

    @property
    def message_id(self) -> str:
        """The sender's own id."""

    @property
    def ref(self) -> CaseRef:
        """The case that it names."""

    @property
    def event(self) -> str:
        """The event that it carries."""

    @property
    def status(self) -> str:
        """`received`, `applied` or `refused`."""

    @property
    def reason(self) -> str:
        """A `Refusal`, or empty."""

    @property
    def received_at(self) -> datetime:
        """When it was stored, in real time."""


class Inbox(Protocol):
    """Where a message is stored before it is acknowledged."""

    async def accept_event(
        self, source: str, message_id: str, ref: CaseRef, body: Mapping[str, Any], note_text: str, digest: bytes
    ) -> Accepted:
        """Store a message, and its free text in the vault, in one transaction; a known one stays as it is.

        `message_id` is unique within `source`; `body` is `{"event", "data", "by"}`, codes only; `digest` is the
        SHA-256 of what was received.
        """

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
