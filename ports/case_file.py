"""The case file: what is written of a case, and the port that writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from domain.effects import NotifySupervisor, NotifyVictim
from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's file: an event that was applied, with where it left the case.

    `version` counts from 1 without a gap and is the case's version after it; `at` is the case's time. `data` holds
    codes, dates and references only, in plain form; `note` is the vault's id of a free text; `inbox` the message that
    brought it (0: none). The first entry has the `rules` under which the case began. `occurred_on` is the day on which
    it happened.
    """

    version: int
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
    rules: Mapping[str, Any] | None = None
    occurred_on: date | None = None


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A record that was refused: it changed nothing, and is kept with its reason. `code` is a `Refusal`.

    `waiting_on` resolves the message that brought it by `due_on`; without them nobody has to.
    """

    id: str
    event: str
    by: Mapping[str, Any]
    at: datetime
    code: str
    detail: str = ""
    inbox: int = 0
    waiting_on: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What became of a record: applied, with where the case is after it, or `refused` with a `Refusal`."""

    id: str
    event: str
    at: datetime
    version: int = 0
    stage: str = ""
    step: str = ""
    reason: str | None = None
    refused: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WaitSnapshot:
    """One wait as people see it: what is waited for (`key`), on which agency or role, since when and by which day."""

    key: str
    waiting_on: str
    since: datetime
    due_on: date
    chase_on: date | None = None
    notice_on: date | None = None
    chases: int = 0
    overdue_since: date | None = None


@dataclass(frozen=True, slots=True)
class CaseSnapshot:
    """The case after its last entry: the values that lists are made of, and the whole state.

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
    victim_updated_on: date | None
    waits: tuple[WaitSnapshot, ...]
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notification:
    """What the victim or a supervisor is to be told because of an entry, which was recorded at the case time `at`."""

    effect: NotifyVictim | NotifySupervisor
    at: datetime


@dataclass(frozen=True, slots=True)
class WriteBatch:
    """What one write puts into the case file: entries in order, refusals, and the case after the last entry.

    `case` is None where the request itself was refused, so that no case was opened. `notifications` follow from the
    entries.
    """

    ref: CaseRef
    entries: tuple[Entry, ...]
    refused: tuple[RefusedRecord, ...] = ()
    case: CaseSnapshot | None = None
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True, slots=True)
class ResultQuery:
    """Asks what became of records of the case `ref`."""

    ref: CaseRef
    ids: tuple[str, ...]


class SequenceConflict(Exception):
    """The case file cannot take the batch, now or ever: it holds another entry under a number that is to be written
    (two writers, or a lost one), or the batch breaks a rule of the schema. The text names no value.
    """


class CaseFile(Protocol):
    """Stores a case's entries and its present state for people."""

    async def write(self, batch: WriteBatch) -> None:
        """Write `batch` in one transaction; a batch or a part of it that is there already changes nothing.

        Puts its notifications into the outbox, in the words written for them, and sets the outcome of each inbox
        message that brought one of its records. Raises SequenceConflict where an entry's number is taken by another
        id, or would leave a gap.
        """

    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        """What became of the records in `query` that the case file knows."""
