"""What the doors need of the outside: one Protocol a role, and the parts that an application is made of."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from application.bulk import SelectWaits
from application.context import CaseworkContext
from ports.agencies import Agency, Directory
from ports.agency_admin import AgencyListing, AgencyPauses, KeyStore, ManagedDirectory
from ports.agency_views import PingResult
from ports.answer_links import AnswerLinks
from ports.authentication import Identities
from ports.covers import Covers
from ports.idempotency import IdempotencyStore
from ports.inbox import Inbox
from ports.notifications import TakeMessageAction
from ports.receipts import ReceiptStore
from ports.requests import AcceptRequest, DetailsCheck
from ports.staff import StaffRegister
from queries.board import BoardQueries
from queries.changes import ChangeQueries
from queries.duplicates import DuplicateQueries
from queries.reports import ReportQueries
from queries.stuck import StuckQueries
from queries.tasks import TaskQueries


@dataclass(frozen=True, slots=True)
class Managing:
    """What the directory of agencies and the register of staff are managed by, and what was asked for once.

    `try_out` pings an agency by its own channel.
    """

    directory: ManagedDirectory
    listing: AgencyListing
    keys: KeyStore
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


@dataclass(frozen=True, slots=True)
class Casework:
    """What staff work with over HTTP: the desk, what was asked for once, covers, requests, and the cases' clock.

    `directory` says whom to ring, `paused` whose asks rest, `told` what became of notices, and
    `victims` how victims are reached, whose details are held to `victim_faults`.
    """

    desk: CaseworkContext
    duplicates: DuplicateQueries
    stuck: StuckQueries
    board: BoardQueries
    reports: ReportQueries
    tasks: TaskQueries
    changes: ChangeQueries
    inbox: Inbox
    idempotency: IdempotencyStore
    covers: Covers
    accept_request: AcceptRequest
    now: Callable[[], datetime]
    directory: Directory
    take_message_action: TakeMessageAction
    select_waits: SelectWaits
    details_check: DetailsCheck


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
