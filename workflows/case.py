"""One request for restorative justice as a durable workflow: it takes records, writes the case file, asks agencies."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.agencies import AgencyActivities
    from activities.case_file import CaseFileActivities
    from domain.agency_updates import CaseUpdate
    from domain.due_events import aftercare_ends_on, due_now, next_due
    from domain.effects import Ask, CancelAsk, ToAgency
    from domain.events import Actor, AskFailed, Record
    from domain.json_values import to_json_object
    from domain.refusals import RecordRefused, refuse_if
    from domain.victim_explanation import explain, victim_view
    from domain.vocabulary import AskProblem, CaseRef, Refusal, Role
    from ports.case_file import RecordResult, ResultQuery, SequenceConflict
    from workflows.case_log import MAX_BATCH, CaseLog
    from workflows.clock import REAL_TIME, CaseClock
    from workflows.names import (
        CASE_WORKFLOW,
        EXPLAIN,
        GET_STATE,
        GET_STATUS,
        GET_TIMELINE,
        RECORD,
        RECORD_EVENT,
        SET_CLOCK,
    )
    from workflows.policies import ASK_AGENCY, FIND_RESULTS, WRITE_CASE_FILE
    from workflows.record_codec import CLOCK, FAILED, InvalidRecord, read_record
    from workflows.starting import CaseEnd, CaseStart
    from workflows.visibility import SearchAttributes, details, state, status

RECORDS_PER_RUN = 50
"""After this many records a run is continued as a new one, so that a history stays short to replay."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""Before an activity that something outside has ended is started again: its policy retries everything else."""

Argument = TypeVar("Argument")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class QueuedSignal:
    """A signal as it came."""

    name: str
    args: Sequence[RawValue]


@workflow.defn(name=CASE_WORKFLOW)
class RestorativeJusticeCase:
    """Carries one request from the victim's first word to a meeting held, or to an honest reason why not."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self._ref = CaseRef(start.ref)
        self._clock = start.clock
        self._queue: deque[object] = deque()
        """Signals, and the JSON of records that the run before has left."""
        self._queued = 0
        self._taken = 0
        self._timer: asyncio.Task[None] | None = None
        self._timer_at: datetime | None = None
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._sequence_conflict = ""
        self._search_attributes = SearchAttributes()
        if start.carried is None:
            self._log = CaseLog(self._ref, start.rules)
            self._take(_read(start.request), {})
        else:
            self._log = CaseLog.from_carry_over(self._ref, start.carried)
            self._enqueue(start.carried.pending)

    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        """Continue until the aftercare of the ended case is over; a request that is refused ends at once."""
        while True:
            await self._take_queued()
            self._record_due_events()
            await self._write()
            if self._sequence_conflict:
                # Nothing more is written or sent, until an operator restarts the case from its file.
                await workflow.wait_condition(lambda: False)
            self._send_effects()
            if (case := self._log.case) is not None:
                workflow.set_current_details(details(case))
                if changes := self._search_attributes.changes(case):
                    workflow.upsert_search_attributes(changes)
            if self._is_over():
                return CaseEnd(self._ref, case.stage, case.progress.reason) if case else CaseEnd(self._ref, "", None)
            if self._should_continue_as_new():
                workflow.continue_as_new(CaseStart(self._ref, {}, self._clock, self._log.to_carry_over()))
            self._set_timer()
            await workflow.wait_condition(self._has_work)

    @workflow.signal(dynamic=True)
    def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Queue the signal as it is, and let `run` read it: then no signal can fail, and a thousand cost little."""
        self._enqueue([QueuedSignal(name, args)])

    @workflow.signal(name=SET_CLOCK)
    def set_clock(self, clock: CaseClock) -> None:
        """Set the clock ahead, which the embedded stack does; a case in real time keeps that."""
        if self._clock != REAL_TIME:
            self._clock = clock
            if self._timer is not None:
                # With it `run` goes on, records what is due by the new time, and starts another.
                self._timer.cancel()

    @workflow.update(name=RECORD_EVENT)
    async def record_event(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Apply a record after the signals that came before it. A known id gets its first result, also a refusal."""
        record, turn = read_record(raw), self._queued

        def is_turn() -> bool:
            return bool(self._sequence_conflict) or (self._taken >= turn and self._log.has_room)

        if not is_turn():
            await workflow.wait_condition(is_turn)
        results = await self._find_results([record.id])
        if self._sequence_conflict:
            raise _failure(RecordRefused(Refusal.SEQUENCE_CONFLICT))
        result = self._log.apply(record, self._now(), results.get(record.id))
        if result.refused is not None:
            raise _failure(RecordRefused(Refusal(result.refused), result.detail))
        return to_json_object(result)

    @record_event.validator
    def _validate_record_event(self, raw: dict[str, Any]) -> None:
        """Refuse before anything is in the history: the error's type is the code, its detail what it is about."""
        try:
            refuse_if(bool(self._sequence_conflict), Refusal.SEQUENCE_CONFLICT)
            record = read_record(raw)
            # What is still queued may change the answer.
            if not self._queue:
                self._log.validate(record, self._now())
        except (InvalidRecord, RecordRefused) as refusal:
            raise _failure(refusal) from None

    @workflow.query(name=GET_STATUS)
    def status(self) -> dict[str, Any]:
        """The case for an operator: stage, step, reason, waits, version, and what is still to be done."""
        return status(self._log, len(self._queue), self._sequence_conflict)

    @workflow.query(name=GET_STATE)
    def get_state(self) -> dict[str, Any]:
        """The case as the case file is to have it, with its whole state."""
        return state(self._log, len(self._queue), self._sequence_conflict)

    @workflow.query(name=GET_TIMELINE)
    def timeline(self) -> list[dict[str, Any]]:
        """The last entries, oldest first; the case file has all of them."""
        return [to_json_object(result) for result in self._log.results.values() if result.refused is None]

    @workflow.query(name=EXPLAIN)
    def explain(self) -> dict[str, Any]:
        """The explanation for the victim."""
        case = self._log.case
        return {} if case is None else to_json_object(explain(victim_view(case, case.calendar.day_of(self._now()))))

    def _now(self) -> datetime:
        return self._clock.case_time(workflow.now())

    def _enqueue(self, items: Collection[object]) -> None:
        self._queue.extend(items)
        self._queued += len(items)

    async def _take_queued(self) -> None:
        """Take what is queued, as far as there is room in a batch."""
        records = [_read(item) for item in islice(self._queue, MAX_BATCH)]
        results = await self._find_results(record.id for record in records if isinstance(record, Record))
        for record in records:
            if not self._log.has_room:
                return
            self._queue.popleft()
            self._taken += 1
            self._take(record, results)

    async def _find_results(self, ids: Iterable[str]) -> Mapping[str, RecordResult]:
        """The results, in the case file, of records that came before; empty where all of these are new."""
        known = tuple(id for id in ids if self._log.needs_lookup(id))
        if not known:
            return {}
        query = ResultQuery(self._ref, known)
        return {found.id: found for found in await _insist(CaseFileActivities.find_results, query, FIND_RESULTS)}

    def _take(self, record: Record | InvalidRecord, results: Mapping[str, RecordResult]) -> None:
        if isinstance(record, Record):
            self._log.apply(record, self._now(), results.get(record.id))
        else:
            self._log.refuse_invalid(record, self._now())

    def _record_due_events(self) -> None:
        """Record everything whose date has come; each entry moves its own date, so this ends.

        The process should refuse none. If it does, the case goes on without that event until its next entry, and
        reconciliation finds it.
        """
        refused = self._log.refused_due
        while (case := self._log.case) is not None and (event := due_now(case, self._now(), refused)) is not None:
            id = f"{CLOCK}{case.version + 1}:{event.name}{f':{len(refused)}' if refused else ''}"
            if self._log.apply(Record(id, event, Actor(Role.TIMER)), self._now()).refused is not None:
                refused.append(event)

    async def _write(self) -> None:
        """Write until nothing is left: what comes in during a write is the next batch."""
        while (batch := self._log.pending_batch()) is not None:
            try:
                await _insist(
                    CaseFileActivities.write_case_file, batch, WRITE_CASE_FILE, final=(SequenceConflict.__name__,)
                )
            except FailureError as error:
                if _type_of(error) != SequenceConflict.__name__:
                    raise
                self._sequence_conflict = str(error.cause)
                return
            self._log.mark_written(batch)

    def _send_effects(self) -> None:
        """Start sending what is to go to agencies, and stop sending what is no longer wanted."""
        outstanding = self._log.outstanding
        for key in [key for key in self._sending if key not in outstanding]:
            self._sending.pop(key).cancel()
        for effect in self._log.ready_to_send():
            if effect.key not in self._sending:
                self._sending[effect.key] = asyncio.create_task(self._send(effect))

    async def _send(self, effect: ToAgency) -> None:
        """Send `effect`. If an ask cannot be delivered, a supervisor decides; an update is then a caseworker's task."""
        policy: ActivityConfig = {**ASK_AGENCY, "summary": f"{type(effect).__name__} {effect.agency}: {effect.key}"}
        try:
            match effect:
                case Ask():
                    await _insist(AgencyActivities.ask_agency, effect, policy, final=tuple(AskProblem))
                case CancelAsk():
                    await _insist(AgencyActivities.cancel_ask, effect, policy, final=tuple(AskProblem))
                case CaseUpdate():
                    await _insist(AgencyActivities.update_agency, effect, policy, final=tuple(AskProblem))
        except FailureError as error:
            if effect.key not in self._log.outstanding:
                # It is no longer wanted: its cancellation follows.
                return
            if isinstance(effect, Ask):
                event = AskFailed(effect.wait, AskProblem(str(_type_of(error))))
                self._log.apply(Record(f"{FAILED}{effect.key}", event, Actor(Role.SERVICE)), self._now())
        self._log.mark_done(effect)
        self._sending.pop(effect.key, None)

    def _has_work(self) -> bool:
        return (
            bool(self._queue or self._log.unwritten_count)
            or (self._timer is not None and self._timer.done())
            or any(effect.key not in self._sending for effect in self._log.ready_to_send())
            or self._is_over()
            or self._should_continue_as_new()
        )

    def _is_idle(self) -> bool:
        return not self._queue and not self._log.unwritten_count and workflow.all_handlers_finished()

    def _is_over(self) -> bool:
        """Whether the case waits for nothing more, and all agencies know what there is to know.

        There is no aftercare for a refused request.
        """
        case = self._log.case
        if case is None or not self._is_idle():
            return case is None and self._is_idle()
        sending = any(isinstance(effect, CancelAsk | CaseUpdate) for effect in self._log.outstanding.values())
        return not sending and case.rules.process.is_over(case, self._now())

    def _should_continue_as_new(self) -> bool:
        is_long = self._log.taken >= RECORDS_PER_RUN or workflow.info().is_continue_as_new_suggested()
        return is_long and self._is_idle()

    def _set_timer(self) -> None:
        """Keep one timer, for the earliest moment; start it again only for an earlier one."""
        if self._timer is not None and self._timer.done():
            self._timer = None
        case = self._log.case
        if case is None:
            return
        due, ends_on = next_due(case, self._log.refused_due), aftercare_ends_on(case)
        moments = [due[0]] if due else []
        if ends_on is not None and not case.calendar.has_passed(ends_on, self._now()):
            moments.append(case.calendar.end_of(ends_on))
        moment = min(moments, default=None)
        if moment is None or (self._timer is not None and self._timer_at is not None and self._timer_at <= moment):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = moment
        delay = self._clock.real_delay(self._now(), moment)
        self._timer = asyncio.create_task(workflow.sleep(delay, summary=f"until {case.calendar.day_of(moment)}"))


async def _insist(
    activity: Callable[[Any, Argument], Coroutine[Any, Any, Result]],
    argument: Argument,
    policy: ActivityConfig,
    *,
    final: Collection[str] = (),
) -> Result:
    """Run an activity until it succeeds or fails with an error of a `final` type.

    Its policy retries it for ever, so any other failure comes from outside, such as an operator's command.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await workflow.execute_activity_method(activity, argument, **policy)
        except FailureError as error:
            task = asyncio.current_task()
            if _type_of(error) in final or (task is not None and task.cancelling()):
                raise
        await workflow.sleep(pause, summary="an activity was ended from outside")
        pause = min(2 * pause, LONGEST_PAUSE)


def _type_of(error: FailureError) -> str | None:
    return error.cause.type if isinstance(error.cause, ApplicationError) else None


def _failure(refusal: InvalidRecord | RecordRefused) -> ApplicationError:
    detail = str(refusal) if isinstance(refusal, InvalidRecord) else refusal.detail
    return ApplicationError(str(refusal), detail, type=refusal.code, non_retryable=True)


def _read(item: object) -> Record | InvalidRecord:
    """The record in a signal, or in the JSON that the run before has left."""
    raw = item
    if isinstance(item, QueuedSignal):
        if item.name != RECORD:
            return InvalidRecord(Refusal.UNKNOWN_EVENT, "", "no signal has this name")
        try:
            (value,) = item.args
            raw = workflow.payload_converter().from_payload(value.payload)
        except Exception:  # noqa: BLE001 - whatever a client sends, a signal must not fail the workflow task
            raw = None
    try:
        return read_record(raw)
    except InvalidRecord as invalid:
        return invalid
