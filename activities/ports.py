"""What the activities need of the outside: one Protocol a role. Adapters are named for the technology behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from domain.duties import Ask, CallBack, Tell
from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's file: an event that was applied, with where it left the case.

    `seq` counts from 1 without a gap and is the case's version after it; `at` is the case's time. `data` holds codes,
    dates and references only, in plain form; `note` is the vault's id of a free text; `inbox` the message that
    brought it (0: none).
    """

    seq: int
    id: str
    event: str
    data: Mapping[str, Any]
    by: Mapping[str, Any]
    at: datetime
    stage: str
    step: str
    reason: str | None = None
    note: str = ""
    inbox: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that was refused: it changed nothing, and is kept with its reason. `code` is a `Refusal`."""

    id: str
    event: str
    by: Mapping[str, Any]
    at: datetime
    code: str
    detail: str = ""
    inbox: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait as people see it: what is waited for (`key`), on whom, since when and by which day."""

    key: str
    on: str
    since: datetime
    due_on: date
    chase_on: date | None = None
    notice_on: date | None = None
    chases: int = 0
    overdue_since: date | None = None


@dataclass(frozen=True, slots=True)
class CaseNow:
    """The case as it stands after the last entry: what lists are drawn from, and the whole state beside it.

    `waits` are the active ones; `state` is the plain form of `domain.case.Case`.
    """

    ref: CaseRef
    version: int
    area: str
    stage: str
    step: str
    reason: str | None
    received_at: datetime
    on_hold: bool
    assigned_to: str
    rules: int
    policy: str
    initiated_by: str
    incident: str
    responsible_agency: str | None
    ended_on: date | None
    aftercare_ends_on: date | None
    victim_heard_on: date | None
    waits: tuple[Wait, ...]
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """What one write puts into the case file: entries in order, refusals, and the case after the last entry.

    `case` is None where the request itself was refused, so that no case was opened.
    """

    ref: CaseRef
    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...] = ()
    case: CaseNow | None = None


class Forked(Exception):
    """The case file cannot take the page, now or ever: it holds another entry under a number that is to be written
    (two writers, or a lost one), or the page breaks a rule of the schema. The text names no value.
    """


class CaseFile(Protocol):
    """Where a case's entries and its present state are kept for people."""

    async def write(self, page: Page) -> None:
        """Write `page` in one transaction; a page or a part of it that is there already changes nothing.

        Sets the outcome of each inbox message that the page settles. Raises Forked where an entry's number is taken
        by another id, or would leave a gap.
        """


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach an agency: `outcome` is `delivered`, `manual`, `failed` or `no_agency`.

    `error` is a code (`status 503`, `timeout`, `refused`), never a body.
    """

    outcome: str
    error: str = ""


class Asks(Protocol):
    """The record of what was sent to agencies, outside the chain of entries."""

    async def remember(self, duty: Ask | CallBack, attempt: Attempt) -> None:
        """Keep `attempt`, as the next one under the duty's key."""

    async def is_delivered(self, key: str) -> bool:
        """Whether an attempt under `key` was delivered already."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the directory: where it is asked, and the keys of both directions.

    `signs_with` are the keys that its webhooks may be signed with; `signed_with` is the key that ours to it are signed
    with. An agency without `asks_url` is asked by a caseworker. The area of a national agency is empty.
    """

    id: str
    kind: str
    area: str
    name: str
    asks_url: str | None = None
    signs_with: tuple[str, ...] = field(default=(), repr=False)
    signed_with: str = field(default="", repr=False)


class Directory(Protocol):
    """Which agency serves an area."""

    async def find(self, agency: str, area: str) -> Agency | None:
        """The agency that `agency` (an `AgencyRef`) means for a case of `area`; None: there is none."""

    async def by_id(self, id: str) -> Agency | None:
        """The agency named `id`."""


class Unreachable(Exception):
    """An agency did not take an ask: `code` says how, such as `status 503`; trying again may help."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Channel(Protocol):
    """How an agency is asked. What is sent twice under one key counts once."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send `ask`. Raises Unreachable."""

    async def call_back(self, agency: Agency, call_back: CallBack) -> None:
        """Say that an ask needs no answer any more. Raises Unreachable."""


class Notices(Protocol):
    """The outbox of what people are told."""

    async def put(self, tell: Tell, wording: tuple[str, ...], at: datetime) -> None:
        """Keep the notice under its key, to be sent; a second time changes nothing. `at` is the case's time."""
