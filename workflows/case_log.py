"""What one case has recorded, and what of it is still to be written and sent. It knows nothing of Temporal."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json as to_json_bytes

from domain.agency_updates import CaseUpdate
from domain.case import Case, active_waits
from domain.due_events import aftercare_ends_on
from domain.effects import Ask, CancelAsk, NotifySupervisor, NotifyVictim, ToAgency, asks
from domain.events import Event, Record
from domain.intake import open_case
from domain.json_values import to_json, to_json_object, to_json_without_defaults
from domain.process import advance
from domain.refusals import RecordRefused
from domain.rules import Rules
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot, Entry, Notification, RecordResult, RefusedRecord, WaitSnapshot, WriteBatch
from workflows.record_codec import InvalidRecord, read_own_record
from workflows.seen_ids import SeenIds

MAX_BATCH = 100
MAX_BATCH_BYTES = 128 * 1024
"""No more is taken before what is unwritten is written. So a batch, with the case in it, stays far below the 256 kB at
which Temporal warns.
"""

RESULTS_KEPT = 50
"""Results of the last records, for those who send one again soon after. Older ones are read from the case file."""

_RULES = TypeAdapter(Rules)


@dataclass(frozen=True, slots=True)
class CarryOver:
    """What the next run of the workflow needs of a case whose file has everything that was recorded.

    `seen` is `SeenIds.pack()`. `pending` are the JSON of records that are still to be taken, the oldest first.
    """

    case: Case | None
    rules: Rules | None = None
    seen: str = ""
    results: tuple[RecordResult, ...] = ()
    asks: tuple[Ask, ...] = ()
    cancellations: tuple[CancelAsk, ...] = ()
    updates: tuple[CaseUpdate, ...] = ()
    invalid: int = 0
    pending: tuple[Any, ...] = ()


@dataclass
class CaseLog:
    """The records of one case. Each is applied or refused once; a second delivery changes nothing."""

    ref: CaseRef
    rules: Rules | None = None
    """The rules under which the case began."""
    case: Case | None = None
    seen: SeenIds = field(default_factory=SeenIds)
    results: dict[str, RecordResult] = field(default_factory=dict)
    """Those of the last records, among them all that are unwritten."""
    unwritten: deque[Entry] = field(default_factory=deque)
    refused: deque[RefusedRecord] = field(default_factory=deque)
    notifications: deque[Notification] = field(default_factory=deque)
    outstanding: dict[str, ToAgency] = field(default_factory=dict)
    refused_due: list[Event] = field(default_factory=list)
    """What was due and refused since the last entry."""
    invalid: int = 0
    taken: int = 0
    """How many records came in, in this run."""
    _unwritten_bytes: int = 0

    def needs_lookup(self, id: str) -> bool:
        """Whether only the case file can tell if the record `id` is known."""
        return id in self.seen and id not in self.results

    def validate(self, record: Record, now: datetime) -> None:
        """Raise RecordRefused where `record` would be refused; change nothing. A known one is not refused."""
        if record.id not in self.seen:
            self._after(record, now)

    def apply(self, record: Record, now: datetime, stored: RecordResult | None = None) -> RecordResult:
        """Apply or refuse `record`; a known one gets its first result, which is `stored` where the case file has it."""
        self.taken += 1
        known = self.results.get(record.id) or stored
        if known is not None:
            return known
        self.seen.add(record.id)
        try:
            after = self._after(record, now)
        except RecordRefused as refusal:
            by = to_json_without_defaults(record.by)
            refused = RefusedRecord(record.id, record.event.name, by, now, refusal.code, refusal.detail, record.inbox)
            follow_up = self.case.rules.process.follow_up_of(self.case, record, now) if self.case else None
            if follow_up is not None:
                refused = replace(refused, waiting_on=follow_up.waiting_on, due_on=follow_up.due_on)
            self._append(refused)
            result = RecordResult(record.id, record.event.name, now, refused=refusal.code, detail=refusal.detail)
        else:
            self._update_outstanding(record, after, now)
            self.case = after
            self.refused_due.clear()
            entry = Entry(
                version=after.version,
                id=record.id,
                event=record.event.name,
                data=to_json_without_defaults(record.event),
                by=to_json_without_defaults(record.by),
                at=now,
                stage=after.stage,
                step=after.step,
                reason=after.progress.reason,
                note=record.note,
                inbox=record.inbox,
                rules=to_json_object(after.rules) if after.version == 1 else None,
                occurred_on=record.occurred_on or after.calendar.day_of(now),
            )
            self._append(entry)
            result = RecordResult(entry.id, entry.event, now, entry.version, entry.stage, entry.step, entry.reason)
        self.results[record.id] = result
        return result

    def refuse_invalid(self, invalid: InvalidRecord, now: datetime) -> None:
        """Refuse what cannot be read as a record."""
        self.taken += 1
        self.invalid += 1
        id = invalid.id or f"unreadable-{self.invalid}"
        self._append(RefusedRecord(id, "", {}, now, invalid.code, str(invalid), invalid.inbox))

    def _after(self, record: Record, now: datetime) -> Case:
        return open_case(self.ref, record, now, self.rules) if self.case is None else advance(self.case, record, now)

    def _append(self, line: Entry | RefusedRecord | Notification) -> None:
        match line:
            case Entry():
                self.unwritten.append(line)
            case RefusedRecord():
                self.refused.append(line)
            case Notification():
                self.notifications.append(line)
        self._unwritten_bytes += len(to_json_bytes(line))

    def _update_outstanding(self, record: Record, after: Case, now: datetime) -> None:
        """Add what must be done now, and drop the asks that are no longer wanted."""
        for effect in after.rules.process.effects(self.case, after, record):
            if isinstance(effect, NotifyVictim | NotifySupervisor):
                self._append(Notification(effect, now))
                continue
            if isinstance(effect, CaseUpdate):
                # It says what is so now, of all that the agency has not been told yet; a cancelled day it must know.
                for key, earlier in list(self.outstanding.items()):
                    if isinstance(earlier, CaseUpdate) and earlier.agency == effect.agency and not earlier.must_arrive:
                        del self.outstanding[key]
            self.outstanding[effect.key] = effect
        wanted = {ask.key for ask in asks(after)}
        for key, effect in list(self.outstanding.items()):
            if isinstance(effect, Ask) and key.partition(".reminder-")[0] not in wanted:
                del self.outstanding[key]

    def ready_to_send(self) -> Iterator[ToAgency]:
        """What may be sent now: of several updates for an agency the first."""
        waiting: set[str] = set()
        for effect in self.outstanding.values():
            if isinstance(effect, CaseUpdate):
                if effect.agency in waiting:
                    continue
                waiting.add(effect.agency)
            yield effect

    @property
    def has_room(self) -> bool:
        """Whether another record may be taken before what is unwritten is written."""
        return self.unwritten_count < MAX_BATCH and self._unwritten_bytes < MAX_BATCH_BYTES

    @property
    def unwritten_count(self) -> int:
        """How many entries and refusals are still to be written."""
        return len(self.unwritten) + len(self.refused)

    def pending_batch(self) -> WriteBatch | None:
        """What is to be written next; None where nothing is."""
        if not self.unwritten_count:
            return None
        case = snapshot(self.case) if self.case is not None else None
        return WriteBatch(self.ref, tuple(self.unwritten), tuple(self.refused), case, tuple(self.notifications))

    def mark_written(self, batch: WriteBatch) -> None:
        """`batch` is in the case file; what has come in since it was made is not."""
        for queue, count in (
            (self.unwritten, len(batch.entries)),
            (self.refused, len(batch.refused)),
            (self.notifications, len(batch.notifications)),
        ):
            for _ in range(count):
                queue.popleft()
        self._unwritten_bytes = sum(
            len(to_json_bytes(line)) for queue in (self.unwritten, self.refused, self.notifications) for line in queue
        )
        while len(self.results) > max(RESULTS_KEPT, self.unwritten_count):
            del self.results[next(iter(self.results))]

    def mark_done(self, effect: ToAgency) -> None:
        """`effect` needs nothing more."""
        self.outstanding.pop(effect.key, None)

    def to_carry_over(self, pending: Iterable[Any] = ()) -> CarryOver:
        """What the next run of the workflow needs; `pending` is what it is to take first."""
        outstanding = self.outstanding.values()
        return CarryOver(
            case=self.case,
            rules=self.rules,
            seen=self.seen.pack(),
            results=tuple(self.results.values()),
            asks=tuple(effect for effect in outstanding if isinstance(effect, Ask)),
            cancellations=tuple(effect for effect in outstanding if isinstance(effect, CancelAsk)),
            updates=tuple(effect for effect in outstanding if isinstance(effect, CaseUpdate)),
            invalid=self.invalid,
            pending=tuple(pending),
        )

    @classmethod
    def from_carry_over(cls, ref: CaseRef, carried: CarryOver) -> "CaseLog":
        """The log as the run before left it."""
        outstanding: tuple[ToAgency, ...] = (*carried.asks, *carried.cancellations, *carried.updates)
        return cls(
            ref=ref,
            case=carried.case,
            rules=carried.rules,
            seen=SeenIds(carried.seen),
            results={result.id: result for result in carried.results},
            outstanding={effect.key: effect for effect in outstanding},
            invalid=carried.invalid,
        )


def restore_log(ref: CaseRef, entries: Iterable[Entry], refused: Iterable[RefusedRecord]) -> CaseLog:
    """The log of a case as its file has it. Everything that was to be sent is outstanding: what is done is skipped.

    Raises ValueError for an entry that does not follow from those before it.
    """
    log = CaseLog(ref)
    for entry in entries:
        if entry.rules is not None:
            log.rules = _RULES.validate_python(entry.rules)
        raw = {"id": entry.id, "event": entry.event, "data": entry.data, "by": entry.by, "note": entry.note}
        if entry.occurred_on is not None:
            raw["occurred_on"] = entry.occurred_on.isoformat()
        try:
            result = log.apply(read_own_record(raw), entry.at)
        except InvalidRecord as invalid:
            raise ValueError(f"entry {entry.version}: {invalid}") from None
        if (result.version, result.stage, result.step) != (entry.version, entry.stage, entry.step):
            raise ValueError(f"entry {entry.version} does not follow from those before it")
    for record in refused:
        log.seen.add(record.id)
    batch = log.pending_batch()
    if batch is not None:
        log.mark_written(batch)
    return log


def snapshot(case: Case) -> CaseSnapshot:
    """The case as the case file stores it."""
    state = to_json(case)
    assert isinstance(state, dict)
    return CaseSnapshot(
        ref=case.ref,
        version=case.version,
        area=case.area,
        stage=case.stage,
        step=case.step,
        reason=case.progress.reason,
        received_at=case.received_at,
        on_hold=case.is_on_hold,
        assigned_to=case.assigned_to,
        rules=case.rules.version,
        policy=case.policy.label,
        initiated_by=case.request.initiated_by,
        incident=case.request.incident,
        responsible_agency=case.progress.responsible_agency,
        ended_on=case.progress.ended_on,
        aftercare_ends_on=aftercare_ends_on(case),
        victim_updated_on=case.victim_updated_on,
        waits=tuple(
            WaitSnapshot(
                key=wait.key,
                waiting_on=wait.waiting_on,
                since=wait.since,
                due_on=wait.due_on,
                chase_on=wait.chase_on,
                notice_on=wait.notice_on,
                chases=wait.chases,
                overdue_since=wait.overdue_since,
            )
            for wait in active_waits(case)
        ),
        state=state,
    )
