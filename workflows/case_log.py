"""The books of one case: what it believes, what is still to be written, what must still be done. No Temporal here."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from domain.case import Case, active_waits
from domain.due_events import aftercare_ends_on
from domain.effects import Ask, CancelAsk, Effect, NotifySupervisor, NotifyVictim, asks, effects
from domain.events import Record
from domain.intake import open_case
from domain.json_values import to_json, to_json_without_defaults
from domain.process import advance
from domain.refusals import RecordRefused, Refusal
from domain.vocabulary import CaseRef
from domain.waits import Wait
from ports.case_file import CaseSnapshot, Entry, Notification, RefusedRecord, WaitSnapshot, WriteBatch

T = TypeVar("T")

REMEMBERED = 2000
"""How many records' answers are kept: Temporal's own de-duplication ends with a run, this one does not."""


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What became of a record: applied, with where the case then stood, or refused, with the code of the reason."""

    id: str
    event: str
    by: str
    at: datetime
    version: int
    stage: str
    step: str
    reason: str | None = None
    refused: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The books as they go from one run of the workflow to the next."""

    case: Case | None
    answers: tuple[RecordResult, ...] = ()
    unwritten: tuple[Entry, ...] = ()
    refused: tuple[RefusedRecord, ...] = ()
    asks: tuple[Ask, ...] = ()
    cancellations: tuple[CancelAsk, ...] = ()
    notices: tuple[Notification, ...] = ()
    unreadable: int = 0


@dataclass
class CaseLog:
    """One case's books. Whatever comes in is answered once; a second delivery changes nothing."""

    ref: CaseRef
    case: Case | None = None
    answers: dict[str, RecordResult] = field(default_factory=dict)
    unwritten: deque[Entry] = field(default_factory=deque)
    refused: deque[RefusedRecord] = field(default_factory=deque)
    notices: deque[Notification] = field(default_factory=deque)
    outstanding: dict[str, Ask | CancelAsk] = field(default_factory=dict)
    unreadable: int = 0

    def validate(self, record: Record, now: datetime) -> None:
        """Raise RecordRefused where `record` would be refused; change nothing."""
        if record.id not in self.answers:
            self._after(record, now)

    def apply(self, record: Record, now: datetime) -> RecordResult:
        """What becomes of `record`: applied or refused, and the first answer again where it is known."""
        known = self.answers.get(record.id)
        if known is not None:
            return known
        try:
            after = self._after(record, now)
        except RecordRefused as refusal:
            return self._refuse(record, now, refusal)
        return self._append(record, after, now)

    def _after(self, record: Record, now: datetime) -> Case:
        return open_case(self.ref, record, now) if self.case is None else advance(self.case, record, now)

    def _append(self, record: Record, after: Case, now: datetime) -> RecordResult:
        self._take_on(effects(self.case, after, record), after, now)
        self.case = after
        self.unwritten.append(_entry(record, after, now))
        return self._remember(_answer(record, after, now))

    def _take_on(self, fresh: tuple[Effect, ...], after: Case, now: datetime) -> None:
        """Add what must be done now, and drop the asks that nobody wants any more."""
        for effect in fresh:
            if isinstance(effect, NotifyVictim | NotifySupervisor):
                self.notices.append(Notification(effect, now))
            else:
                self.outstanding[effect.key] = effect
        wanted = {ask.key for ask in asks(after)}
        for key, effect in list(self.outstanding.items()):
            if isinstance(effect, Ask) and not any(
                key == want or key.startswith(f"{want}.reminder") for want in wanted
            ):
                del self.outstanding[key]

    def _refuse(self, record: Record, now: datetime, refusal: RecordRefused) -> RecordResult:
        by = to_json_without_defaults(record.by)
        self.refuse(record.id, record.event.name, by, now, refusal.code, refusal.detail, record.inbox)
        return self._remember(_answer(record, self.case, now, refusal))

    def refuse(
        self,
        id: str,
        event: str,
        by: dict[str, Any],
        now: datetime,
        code: Refusal,
        detail: str = "",
        inbox: int = 0,
    ) -> None:
        """Keep a refusal for the case file."""
        self.refused.append(RefusedRecord(id, event, by, now, code, detail, inbox))

    def refuse_invalid(self, code: Refusal, detail: str, now: datetime, id: str = "", inbox: int = 0) -> None:
        """Keep that something came in which cannot be read as a record."""
        self.unreadable += 1
        self.refuse(id or f"unreadable-{self.unreadable}", "", {}, now, code, detail, inbox)

    def _remember(self, answer: RecordResult) -> RecordResult:
        self.answers[answer.id] = answer
        while len(self.answers) > REMEMBERED:
            del self.answers[next(iter(self.answers))]
        return answer

    @property
    def is_behind(self) -> bool:
        """Whether something is still to be written."""
        return bool(self.unwritten or self.refused)

    def pending_batch(self) -> WriteBatch | None:
        """What is to be written next; None where nothing is."""
        if not self.is_behind:
            return None
        now = snapshot(self.case) if self.case is not None else None
        return WriteBatch(self.ref, tuple(self.unwritten), tuple(self.refused), now, tuple(self.notices))

    def mark_written(self, batch: WriteBatch) -> None:
        """`batch` is in the case file; what has come in since it was made is not."""
        _drop(self.unwritten, len(batch.entries))
        _drop(self.refused, len(batch.refused))
        _drop(self.notices, len(batch.notices))

    def mark_done(self, effect: Ask | CancelAsk) -> None:
        """`effect` needs nothing more."""
        self.outstanding.pop(effect.key, None)

    def to_carry_over(self) -> CarryOver:
        """Everything that the next run of the workflow needs."""
        kept = tuple(self.outstanding.values())
        return CarryOver(
            case=self.case,
            answers=tuple(self.answers.values()),
            unwritten=tuple(self.unwritten),
            refused=tuple(self.refused),
            notices=tuple(self.notices),
            asks=tuple(effect for effect in kept if isinstance(effect, Ask)),
            cancellations=tuple(effect for effect in kept if isinstance(effect, CancelAsk)),
            unreadable=self.unreadable,
        )

    @classmethod
    def from_carry_over(cls, ref: CaseRef, carried: CarryOver) -> "CaseLog":
        """The log as the run before left it."""
        outstanding: tuple[Ask | CancelAsk, ...] = (*carried.asks, *carried.cancellations)
        return cls(
            ref=ref,
            case=carried.case,
            answers={answer.id: answer for answer in carried.answers},
            unwritten=deque(carried.unwritten),
            refused=deque(carried.refused),
            notices=deque(carried.notices),
            outstanding={effect.key: effect for effect in outstanding},
            unreadable=carried.unreadable,
        )


def _drop(queue: deque[T], count: int) -> None:
    for _ in range(count):
        queue.popleft()


def _answer(record: Record, case: Case | None, now: datetime, refusal: RecordRefused | None = None) -> RecordResult:
    return RecordResult(
        id=record.id,
        event=record.event.name,
        by=_spoken_by(record),
        at=now,
        version=case.version if case else 0,
        stage=case.stage if case else "",
        step=case.step if case else "",
        reason=case.progress.reason if case else None,
        refused=refusal.code if refusal else None,
        detail=refusal.detail if refusal else "",
    )


def _spoken_by(record: Record) -> str:
    by = f"{record.by.role}:{record.by.id}" if record.by.id else record.by.role.value
    return f"{by} for {record.by.on_behalf_of}" if record.by.on_behalf_of else by


def _entry(record: Record, case: Case, now: datetime) -> Entry:
    return Entry(
        version=case.version,
        id=record.id,
        event=record.event.name,
        data=to_json_without_defaults(record.event),
        by=to_json_without_defaults(record.by),
        at=now,
        stage=case.stage,
        step=case.step,
        reason=case.progress.reason,
        note=record.note,
        inbox=record.inbox,
    )


def snapshot(case: Case) -> CaseSnapshot:
    """The case as the case file keeps it."""
    state = to_json(case)
    assert isinstance(state, dict)
    return CaseSnapshot(
        ref=case.ref,
        version=case.version,
        area=case.request.area,
        stage=case.stage,
        step=case.step,
        reason=case.progress.reason,
        received_at=case.received_at,
        on_hold=case.is_on_hold,
        assigned_to=case.assigned_to,
        rules=case.rules.version,
        policy=case.rules.policy,
        initiated_by=case.request.initiated_by,
        incident=case.request.incident,
        responsible_agency=case.progress.responsible_agency,
        ended_on=case.progress.ended_on,
        aftercare_ends_on=aftercare_ends_on(case),
        victim_updated_on=case.victim_updated_on,
        waits=tuple(_wait_now(wait) for wait in active_waits(case)),
        state=state,
    )


def _wait_now(wait: Wait) -> WaitSnapshot:
    return WaitSnapshot(
        key=wait.key,
        waiting_on=wait.waiting_on,
        since=wait.since,
        due_on=wait.due_on,
        chase_on=wait.chase_on,
        notice_on=wait.notice_on,
        chases=wait.chases,
        overdue_since=wait.overdue_since,
    )
