"""Small substitutes for the outside of a case: they remember what they were given, and can be away."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk, NotifyVictim, ToAgency
from ports.agencies import (
    FINAL_OUTCOMES,
    MAY_HAVE_ARRIVED,
    Agency,
    Attempt,
    AttemptOutcome,
    ChannelName,
    PossibleRecipient,
    Unreachable,
)
from ports.case_file import (
    CaseSnapshot,
    Entry,
    Notification,
    RecordResult,
    RefusedRecord,
    ResultQuery,
    SequenceConflict,
    WriteBatch,
)


class Unavailable(Exception):
    """The substitute for the database does not answer."""


@dataclass
class MemoryCaseFile:
    """Stores batches by case, under the same rules as the real one."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    refused: dict[str, list[RefusedRecord]] = field(default_factory=dict)
    cases: dict[str, CaseSnapshot] = field(default_factory=dict)
    notifications: dict[str, Notification] = field(default_factory=dict)
    batches: dict[str, list[WriteBatch]] = field(default_factory=dict)
    away: bool = False

    async def write(self, batch: WriteBatch) -> None:
        if self.away:
            raise Unavailable
        self.batches.setdefault(batch.ref, []).append(batch)
        entries = self.entries.setdefault(batch.ref, [])
        for entry in batch.entries:
            self._write_entry(entries, entry)
        known = self.refused.setdefault(batch.ref, [])
        ids = {refused.id for refused in known}
        known += [refused for refused in batch.refused if refused.id not in ids]
        if batch.case is not None:
            self.cases[batch.ref] = batch.case
        for notification in batch.notifications:
            self.notifications.setdefault(notification.effect.key, notification)

    def _write_entry(self, entries: list[Entry], entry: Entry) -> None:
        if entry.version <= len(entries):
            if entries[entry.version - 1].id != entry.id:
                raise SequenceConflict(f"{entry.version} is taken")
        elif entry.version == len(entries) + 1:
            entries.append(entry)
        else:
            raise SequenceConflict(f"{entry.version} leaves a gap")

    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        if self.away:
            raise Unavailable
        applied = [
            RecordResult(entry.id, entry.event, entry.at, entry.version, entry.stage, entry.step, entry.reason)
            for entry in self.entries.get(query.ref, [])
        ]
        refused = [
            RecordResult(refused.id, refused.event, refused.at, refused=refused.code, detail=refused.detail)
            for refused in self.refused.get(query.ref, [])
        ]
        return tuple(result for result in (*applied, *refused) if result.id in query.ids)

    def names(self, ref: str) -> list[str]:
        """The events of a case in order."""
        return [entry.event for entry in self.entries.get(ref, [])]

    def victim_messages(self, ref: str) -> list[str]:
        """The occasions on which a case's victim was told something."""
        effects = [notification.effect for notification in self.notifications.values()]
        return [effect.message for effect in effects if isinstance(effect, NotifyVictim) and effect.ref == ref]


@dataclass
class MemoryAsks:
    """Keeps attempts."""

    attempts: dict[str, list[Attempt]] = field(default_factory=dict)

    async def start_attempt(self, effect: ToAgency, agency: Agency) -> int | None:
        if await self.is_done(effect.key):
            return None
        attempts = self.attempts.setdefault(effect.key, [])
        if attempts and attempts[-1].outcome is AttemptOutcome.SENDING:
            attempts[-1] = replace(attempts[-1], outcome=AttemptOutcome.UNKNOWN)
        attempts.append(Attempt(AttemptOutcome.SENDING, "", agency.id, agency.channel, agency.address))
        return len(attempts)

    async def record_attempt(self, effect: ToAgency, attempt: Attempt, number: int | None = None) -> None:
        attempts = self.attempts.setdefault(effect.key, [])
        if number is None:
            attempts.append(attempt)
        else:
            attempts[number - 1] = attempt

    async def is_done(self, key: str) -> bool:
        return any(attempt.outcome in FINAL_OUTCOMES for attempt in self.attempts.get(key, []))

    async def count_failures(self, key: str) -> int:
        return sum(attempt.outcome == "failed" for attempt in self.attempts.get(key, []))

    async def find_recipient(self, ref: str, ask: str) -> str | None:
        kept = (self.attempts[key] for key in self.attempts if key == ask or key.startswith(f"{ask}.reminder-"))
        took = [attempt.agency for attempts in kept for attempt in attempts if attempt.outcome in FINAL_OUTCOMES]
        return took[-1] if took else None

    async def find_last_recipient(self, ref: str, agency: str) -> str | None:
        took = [
            attempt.agency
            for key, attempts in self.attempts.items()
            for attempt in attempts
            if key.startswith(f"{ref}.")
            and key.partition(".reminder-")[0].endswith(f":{agency}")
            and attempt.outcome in (AttemptOutcome.DELIVERED, AttemptOutcome.MANUAL)
        ]
        return took[-1] if took else None

    async def has_spoken(self, ref: str, agency: str) -> bool:
        return False

    async def find_possible_recipient(self, ref: str, ask: str) -> PossibleRecipient:
        kept = [self.attempts[key] for key in self.attempts if key == ask or key.startswith(f"{ask}.reminder-")]
        perhaps = [attempt.agency for attempts in kept for attempt in attempts if _may_have_arrived(attempt)]
        return PossibleRecipient(bool(kept), perhaps[-1] if perhaps else None)


def _may_have_arrived(attempt: Attempt) -> bool:
    return attempt.outcome in (AttemptOutcome.SENDING, AttemptOutcome.UNKNOWN) or attempt.error in MAY_HAVE_ARRIVED


@dataclass
class EveryAgency:
    """A directory in which each kind of agency serves each area, but for those `missing`."""

    missing: set[str] = field(default_factory=set)

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        kind = agency.partition(":")[0]
        if kind in self.missing:
            return None
        return Agency(f"{area}-{kind}", kind, area, kind, ChannelName.HTTP, "http://127.0.0.1:9/asks")

    async def get_by_id(self, id: str) -> Agency | None:
        area, _, kind = id.partition("-")
        return await self.find(kind, area)


@dataclass
class MemoryChannel:
    """Keeps what agencies were sent; refuses the first `unreachable` of them, and for good what kinds `refuse`."""

    asked: list[Ask] = field(default_factory=list)
    cancelled: list[CancelAsk] = field(default_factory=list)
    updated: list[CaseUpdate] = field(default_factory=list)
    unreachable: int = 0
    refuse: set[str] = field(default_factory=set)
    hangs: bool = False
    """The next one never comes back."""

    async def ask(self, agency: Agency, ask: Ask) -> None:
        await self._send(agency)
        self.asked.append(ask)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        await self._send(agency)
        self.cancelled.append(cancellation)

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        await self._send(agency)
        self.updated.append(update)

    async def _send(self, agency: Agency) -> None:
        if agency.kind in self.refuse:
            raise Unreachable("status 404", permanent=True)
        if self.unreachable:
            self.unreachable -= 1
            raise Unreachable("status 503")
        if self.hangs:
            self.hangs = False
            await asyncio.Event().wait()

    async def ping(self, agency: Agency) -> str:
        return "taken"

    def questions(self, ref: str) -> list[str]:
        """What was asked in a case, in order."""
        return [f"{ask.question}:{ask.agency}" for ask in self.asked if ask.ref == ref and not ask.reminder]


@dataclass
class Outside:
    """Everything that a worker in a test calls."""

    casefile: MemoryCaseFile = field(default_factory=MemoryCaseFile)
    asks: MemoryAsks = field(default_factory=MemoryAsks)
    directory: EveryAgency = field(default_factory=EveryAgency)
    channel: MemoryChannel = field(default_factory=MemoryChannel)


REQUEST: Mapping[str, object] = {
    "area": "avonside",
    "initiated_by": "victim",
    "takes_part_as": "direct_victim",
    "offender_age_group": "adult",
    "has_vlo": True,
}
"""A plain request, as the data of `request_received`."""
