"""Agencies: the directory, the channels that reach them, and the record of what was sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk, ToAgency
from domain.vocabulary import AgencyRef, CaseRef


class AttemptOutcome(StrEnum):
    """The result of an attempt to reach an agency."""

    SENDING = "sending"
    """It has started, and has no result yet."""
    UNKNOWN = "unknown"
    """Its worker was stopped before the result was stored, so that it may have arrived."""
    DELIVERED = "delivered"
    MANUAL = "manual"
    """A caseworker asks, and records the answer."""
    FAILED = "failed"
    """Another attempt follows."""
    REFUSED = "refused"
    """Another attempt would not help: the agency, or its address, does not accept what is sent."""
    NO_AGENCY = "no_agency"
    PAUSED = "paused"
    """An operator has paused all asks, or this agency's."""
    NOT_NEEDED = "not_needed"
    """The agency never had the ask that was to be cancelled, or any in the case that is updated."""


FINAL_OUTCOMES = frozenset({AttemptOutcome.DELIVERED, AttemptOutcome.MANUAL, AttemptOutcome.NOT_NEEDED})
"""After these nothing is left to do, whatever a worker that was given up reports later."""


MAY_HAVE_ARRIVED = frozenset({"timeout", "broken_off", "status 409", "status 500", "status 502", "status 504"})
"""Codes of failures after which an agency may have what was sent."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach an agency, and its outcome.

    `error` is a code (`status 503`, `timeout`, `refused`), never a body. `agency` is the id of the directory's entry,
    with its `channel` and `address`; all are empty where there is no such entry. `next_try_at` is the real time of the
    next attempt; None: none follows.
    """

    outcome: AttemptOutcome
    error: str = ""
    agency: str = ""
    channel: str = ""
    address: str = ""
    next_try_at: datetime | None = None


class ChannelName(StrEnum):
    """How an agency is asked."""

    HTTP = "http"
    EMAIL = "email"
    HMPPS = "hmpps"
    MANUAL = "manual"
    """By a caseworker, who records the answer."""


WEEKDAYS = frozenset({1, 2, 3, 4, 5})
"""Monday to Friday, as ISO numbers days."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the directory: how and where it is asked, and the keys of both sides.

    `address` is a URL (`http`), an email address (`email`), or the base URL of the register (`hmpps`). `questions` are
    the kinds of ask (`WaitKind`) that this entry takes; empty: all. The area of a national agency is empty. `works_on`
    are ISO weekdays. Its webhooks may be signed with any of `their_keys`; ours to it are signed with `our_keys`, the
    newest first: there are several during a rotation.
    """

    id: str
    kind: str
    area: str
    name: str
    channel: ChannelName = ChannelName.MANUAL
    address: str = ""
    questions: frozenset[str] = frozenset()
    contact: str = ""
    works_on: frozenset[int] = WEEKDAYS
    paused_since: datetime | None = None
    their_keys: tuple[str, ...] = field(default=(), repr=False)
    our_keys: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PossibleRecipient:
    """Who may have an ask that was not delivered, and whether any attempt to send it is recorded.

    `agency` is the id of the agency after the last attempt whose failure is one of `MAY_HAVE_ARRIVED`, or whose outcome
    is unknown; None: nobody.
    """

    was_attempted: bool
    agency: str | None = None


class Asks(Protocol):
    """The record of what was sent to agencies, outside the chain of entries."""

    async def start_attempt(self, effect: ToAgency, agency: Agency) -> int | None:
        """Record that something is being sent to `agency`, and return the number of the attempt.

        None: an earlier attempt had one of `FINAL_OUTCOMES`, and there is nothing to send.
        """

    async def record_attempt(self, effect: ToAgency, attempt: Attempt, number: int | None = None) -> None:
        """Record the outcome of the attempt `number`, or else a further attempt.

        Of an ask that is still paused, only the time of the next attempt is updated.
        """

    async def is_done(self, key: str) -> bool:
        """Whether an attempt under `key` had one of `FINAL_OUTCOMES`."""

    async def count_failures(self, key: str) -> int:
        """Return how many attempts under `key` failed; of very many, only some are counted."""

    async def find_recipient(self, ref: CaseRef, ask: str) -> str | None:
        """Return the id of the agency to which the ask with the key `ask`, or its reminder, was last delivered."""

    async def find_last_recipient(self, ref: CaseRef, agency: AgencyRef) -> str | None:
        """Return the id of the agency that last received an ask for `agency` in the case, other than the register."""

    async def has_spoken(self, ref: CaseRef, agency: AgencyRef) -> bool:
        """Return whether staff recorded in the case what `agency` said, as after a telephone call."""

    async def find_possible_recipient(self, ref: CaseRef, ask: str) -> PossibleRecipient:
        """Return who may have that ask although it was not delivered."""


MarkUpdateTold = Callable[[str, str], Awaitable[bool]]
"""Record that the update or cancellation with this key was given in person by this account. False: there is none."""


class Directory(Protocol):
    """Which agency serves an area."""

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """Return the agency that `agency` (an `AgencyRef`) means for a case of `area`; None: there is none.

        Of several, one that names `question` has precedence, then one of the area.
        """

    async def get_by_id(self, id: str) -> Agency | None:
        """Return the agency named `id`; None: there is none."""


class Unreachable(Exception):
    """An agency did not accept what was sent; `code` says why, such as `status 503`.

    `retry_after` is for how many seconds the agency asks us to wait. `permanent`: another attempt would not help.
    """

    def __init__(self, code: str, *, retry_after: float | None = None, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.permanent = permanent


class Channel(Protocol):
    """Reaches agencies. What is sent twice under one key counts once. Each method raises Unreachable."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send an ask or a reminder."""

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Tell the agency that an ask needs no answer any more."""

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        """Tell the agency what changed in a case."""

    async def ping(self, agency: Agency) -> str:
        """Check whether the agency can be reached, without asking anything, and return its reply in a line or two."""


class Answers(Protocol):
    """Accepts answers that agencies give without a webhook, to be delivered like a webhook's."""

    async def accept(
        self, agency: Agency, message_id: str, ref: CaseRef, event: str, data: Mapping[str, Any], note: str = ""
    ) -> None:
        """Store an answer once under `message_id`. `note` is free text."""
