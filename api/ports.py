"""What the doors need of the outside: one Protocol a role, and the parts that an application is made of."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from application.cover import Covers
from application.record_event import CaseworkContext
from application.requests import Requests
from application.victim_messages import NotificationActions
from application.victims import DetailsCheck, Victims
from domain.people import Person
from domain.vocabulary import CaseRef
from ports.agencies import Agency, Directory
from ports.agency_views import (
    LIST_START,
    AgencyFilters,
    AgencyPause,
    AgencySortKey,
    KeySide,
    ListedAgency,
    NewKeys,
    PingResult,
    RotatedKey,
)
from ports.answer_links import AnswerLinks
from ports.directory import AgencyDetails, AgencyEdit
from ports.idempotency import IdempotencyStore
from ports.receipts import ReceiptStore
from ports.staff import StaffRegister


class Accepted(Protocol):
    """What a message was stored as."""

    @property
    def first(self) -> bool:
        """Whether it was not known yet."""

    @property
    def id_reused(self) -> bool:
        """Whether it was known and something else."""


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
        SHA-256 of what was received. Raises one of the errors of a store that is away soon enough for whoever waits.
        """

    async def status(self, source: str, message_id: str) -> Standing | None:
        """What became of a message of this source; None: there is none."""


class ManagedDirectory(Directory, Protocol):
    """The directory of agencies, with what an operator writes in it; `by` is who does it."""

    async def add(self, details: AgencyDetails, by: str, idempotency_key: str) -> NewKeys:
        """Enter a new agency with fresh keys, once under `idempotency_key`. Raises InvalidAgency, AgencyExists and KeyAlreadyMade."""

    async def edit(self, id: str, changes: AgencyEdit, by: str) -> None:
        """Change what is named in `changes`, and nothing else. Raises InvalidAgency and UnknownAgency."""


class Listing(Protocol):
    """The directory as people read it: without any key, with agencies that were taken out."""

    async def agencies(
        self, filters: AgencyFilters, *, limit: int | None = None, after: AgencySortKey = LIST_START
    ) -> tuple[ListedAgency, ...]:
        """The agencies that pass `filters`, by area, kind and id: up to `limit` (None: all) after the place `after`."""

    async def agency(self, id: str) -> ListedAgency | None:
        """The agency named `id`; None: there is none."""


class Keys(Protocol):
    """The keys of both sides."""

    async def rotate(self, agency: str, side: KeySide, overlap: timedelta, by: str, idempotency_key: str) -> RotatedKey:
        """Make a new key of `side`, once under the id `idempotency_key`; the older ones count for `overlap` more.

        Raises InvalidAgency, UnknownAgency and KeyAlreadyMade.
        """


class AgencyPauses(Protocol):
    """Whose asks rest; an empty agency stands for all."""

    async def pause(self, agency: str, by: str) -> AgencyPause:
        """Let asks rest; what rests already stays as it is. Raises UnknownAgency."""

    async def resume(self, agency: str, by: str) -> AgencyPause | None:
        """End that pause, and no other; None: there was none. Raises UnknownAgency."""

    async def list_pauses(self, agency: str | None = None) -> tuple[AgencyPause, ...]:
        """Every pause, or those that hold back the asks of `agency`."""


@dataclass(frozen=True, slots=True)
class Managing:
    """What the directory of agencies and the register of staff are managed by, and what was asked for once.

    `try_out` pings an agency by its own channel.
    """

    directory: ManagedDirectory
    listing: Listing
    keys: Keys
    pauses: AgencyPauses
    try_out: Callable[[Agency], Awaitable[PingResult]]
    staff: StaffRegister
    idempotency: IdempotencyStore


@dataclass(frozen=True, slots=True)
class Answering:
    """What the page needs on which agencies answer an e-mail.

    `contact` is the address that they write to with a question; `today` the day of the cases, which may run ahead.
    """

    desk: AnswerLinks
    contact: str
    today: Callable[[], date]


class Identities(Protocol):
    """Who shows a token. Staff have accounts with an issuer, and so have machines that work as one of them."""

    async def person(self, token: str) -> Person:
        """The person that `token`, as it stands after `Bearer`, was made for; they may have no role here.

        Raises TokenRefused, IssuerAway and Deactivated of `casework.signing_in`, and the errors of a store that is
        away.
        """


@dataclass(frozen=True, slots=True)
class Casework:
    """What staff work with over HTTP: the desk, what was asked for once, covers, requests, and the cases' clock.

    `directory` says whom to ring, `paused` whose asks rest, `told` what became of notices, and
    `victims` how victims are reached, whose details are held to `victim_faults`.
    """

    desk: CaseworkContext
    idempotency: IdempotencyStore
    covers: Covers
    requests: Requests
    now: Callable[[], datetime]
    directory: Directory
    told: NotificationActions
    victims: Victims
    victim_faults: DetailsCheck


Check = Callable[[], Awaitable[bool]]
"""Whether something that the service needs answers now."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an application is made of.

    `away` are the errors by which a port says that the store is away; `checks` are those of readiness,
    by the name of what they look at; `stored` is called after each new message, so that its delivery need not
    wait; `public_url` is where agencies reach us. `managing` gives what the directory and the register of staff are
    managed by, `casework` what staff work with; each may raise one of `away`. Streams end when `stopping` is set.
    Without `answering` there is no page on which agencies answer e-mails. Without `identities` no member of staff signs
    in. `receipts` take what GOV.UK Notify says, which shows `receipts_token`; without it nobody is heard.
    """

    inbox: Inbox
    directory: Directory
    checks: Mapping[str, Check]
    public_url: str
    away: tuple[type[Exception], ...] = (OSError, TimeoutError)
    stored: Callable[[], None] = lambda: None
    managing: Callable[[], Managing] | None = None
    casework: Callable[[], Casework] | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    answering: Answering | None = None
    identities: Identities | None = None
    receipts: ReceiptStore | None = None
    receipts_token: str = field(default="", repr=False)
