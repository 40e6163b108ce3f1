"""Agencies: the directory, the channels that reach them, and the record of what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from domain.effects import Ask, CancelAsk
from domain.vocabulary import CaseRef


class AttemptOutcome(StrEnum):
    """What came of an attempt to reach an agency."""

    SENDING = "sending"
    """It has started, and has no result yet."""
    UNKNOWN = "unknown"
    """Its worker was stopped before the result was stored, so that it may have arrived."""
    DELIVERED = "delivered"
    MANUAL = "manual"
    """A caseworker asks, and records the answer."""
    FAILED = "failed"
    """It is tried again."""
    REFUSED = "refused"
    """Trying again would not help: the agency, or its address, does not take what is sent."""
    NO_AGENCY = "no_agency"
    PAUSED = "paused"
    """An operator has paused all asks, or this agency's."""
    NOT_NEEDED = "not_needed"
    """The ask that was to be cancelled had never arrived."""


FINAL_OUTCOMES = frozenset({AttemptOutcome.DELIVERED, AttemptOutcome.MANUAL, AttemptOutcome.NOT_NEEDED})
"""After these there is nothing more to do, whatever a worker that was given up says later."""


MAY_HAVE_ARRIVED = frozenset({"timeout", "broken_off", "status 409", "status 500", "status 502", "status 504"})
"""Codes of failures after which an agency may have what was sent all the same."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to reach an agency: what came of it, and by which way it went.

    `error` is a code (`status 503`, `timeout`, `refused`), never a body. `agency` is the id of the directory's entry
    that was asked, by its `channel` at its `address`; all empty where there is none. `next_try_at` is when it is tried
    again, in real time; None where it is not.
    """

    outcome: AttemptOutcome
    error: str = ""
    agency: str = ""
    channel: str = ""
    address: str = ""
    next_try_at: datetime | None = None


class ChannelName(StrEnum):
    """The way in which an agency is asked."""

    HTTP = "http"
    EMAIL = "email"
    HMPPS = "hmpps"
    MANUAL = "manual"
    """By a caseworker, who records the answer."""


WEEKDAYS = frozenset({1, 2, 3, 4, 5})
"""Monday to Friday, as ISO counts days."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency of the directory: how and where it is asked, and the keys of both directions.

    `address` is the URL of its asks (`http`), a mail address (`email`), or the base URL of the register (`hmpps`).
    `questions` are the kinds of ask (`WaitKind`) that this entry takes; empty: all. The area of a national agency is
    empty. `works_on` are ISO weekdays. `signs_with` are the keys that its webhooks may be signed with now;
    `signed_with` those that ours to it are signed with, the newest first: several at once during a rotation.
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
    signs_with: tuple[str, ...] = field(default=(), repr=False)
    signed_with: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PossibleRecipient:
    """What is known of an ask that nobody is known to have: whether an attempt to send it was kept, and the id of the
    agency that may have it since the last of `MAY_HAVE_ARRIVED`, or one of which nothing is known (None: nobody).
    """

    tried: bool
    perhaps: str | None = None


class Asks(Protocol):
    """The record of what was sent to agencies, outside the chain of entries."""

    async def start_attempt(self, effect: Ask | CancelAsk, agency: Agency) -> int | None:
        """Keep that something is being sent to `agency`, as the next attempt under the effect's key; its number.

        None: an earlier attempt ended as one of `FINAL_OUTCOMES`, and there is nothing to send.
        """

    async def record_attempt(self, effect: Ask | CancelAsk, attempt: Attempt, number: int | None = None) -> None:
        """Keep `attempt`: as what came of the one begun under `number`, or as the next one under the effect's key.

        Of what still rests only the next try is kept anew.
        """

    async def is_done(self, key: str) -> bool:
        """Whether an attempt under `key` ended as one of `FINAL_OUTCOMES`."""

    async def count_failures(self, key: str) -> int:
        """How many attempts under `key` failed; of very many, a few."""

    async def find_recipient(self, ref: CaseRef, ask: str) -> str | None:
        """The id of the agency that last took the ask with the key `ask` of the case `ref`, or a reminder of it."""

    async def find_possible_recipient(self, ref: CaseRef, ask: str) -> PossibleRecipient:
        """What is known of that ask where it has no taker."""


class Directory(Protocol):
    """Which agency serves an area."""

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        """The agency that `agency` (an `AgencyRef`) means for a case of `area`; None: there is none.

        Among several, one that names `question` goes before one that takes any, then one of the area before a
        national one.
        """

    async def get_by_id(self, id: str) -> Agency | None:
        """The agency named `id`."""


class Unreachable(Exception):
    """An agency did not take an ask: `code` says how, such as `status 503`.

    `retry_after` is how many seconds the agency asks us to wait. `permanent`: trying again would not help.
    """

    def __init__(self, code: str, *, retry_after: float | None = None, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.permanent = permanent


class Channel(Protocol):
    """How an agency is asked. What is sent twice under one key counts once."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send `ask`. Raises Unreachable."""

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Say that an ask needs no answer any more. Raises Unreachable."""

    async def ping(self, agency: Agency) -> str:
        """Try whether the agency can be reached, without asking anything; what came back, in a line or two.

        Raises Unreachable.
        """


class Answers(Protocol):
    """Takes what an agency answers by another way than its webhook; it is delivered to the case like one."""

    async def accept(
        self, agency: Agency, message_id: str, ref: CaseRef, event: str, data: Mapping[str, Any], note: str = ""
    ) -> None:
        """Keep the answer under `message_id`, to be delivered; a second time changes nothing. `note` is free text."""
