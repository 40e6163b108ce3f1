"""One request for restorative justice as a durable workflow: it takes events, keeps the books, and does its effects."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception
from temporalio.workflow import ActivityConfig

with workflow.unsafe.imports_passed_through():
    from activities.agencies import AgencyActivities
    from activities.case_file import CaseFileActivities
    from domain.calendar import end_of
    from domain.due_events import aftercare_ends_on, due_now, next_due
    from domain.effects import Ask, CancelAsk
    from domain.events import Actor, AskFailed, Record
    from domain.json_values import to_json
    from domain.refusals import RecordRefused, Refusal, refuse_if
    from domain.victim_explanation import explain, victim_view
    from domain.vocabulary import AskProblem, CaseRef, Role
    from ports.case_file import WriteBatch
    from workflows.case_log import CaseLog, RecordResult, snapshot
    from workflows.record_codec import CLOCK, FAILED, InvalidRecord, read_record, sent_as
    from workflows.names import CASE_WORKFLOW, EXPLAIN, GET_STATE, GET_STATUS, GET_TIMELINE, RECORD, RECORD_EVENT
    from workflows.policies import ASK_AGENCY, WRITE_CASE_FILE
    from workflows.starting import CaseEnd, CaseStart
    from workflows.visibility import SearchAttributes, details, status

ENTRIES_A_RUN = 50
"""After this many entries a run is continued as a new one, so that a history stays short to replay."""


@workflow.defn(name=CASE_WORKFLOW)
class RestorativeJusticeCase:
    """Carries one request from the first word to a meeting held, or to an honest reason why not."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self._start = start
        self._clock = start.clock
        self._timer: asyncio.Task[None] | None = None
        self._timer_at: datetime | None = None
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._sequence_conflict = ""
        self._search_attributes = SearchAttributes()
        self._entries_before = 0
        if start.carried is None:
            self._log = CaseLog(CaseRef(start.ref))
            self._take_raw(start.request)
        else:
            self._log = CaseLog.from_carry_over(CaseRef(start.ref), start.carried)
            self._entries_before = self._version()

    @workflow.run
    async def run(self, start: CaseStart) -> CaseEnd:
        """Go on until the aftercare of the ended case is over; a request that is refused ends at once."""
        while True:
            self._record_due_events()
            await self._write()
            self._send()
            self._show()
            if self._is_over():
                return self._end()
            if self._is_long() and workflow.all_handlers_finished():
                workflow.continue_as_new(CaseStart(start.ref, {}, start.clock, self._log.to_carry_over()))
            await self._wait_for_work()

    @workflow.signal(dynamic=True)
    def on_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Take the record in a `record` signal; whatever cannot be read is kept as refused, and wedges nothing."""
        if name != RECORD:
            self._log.refuse_invalid(Refusal.UNKNOWN_EVENT, "no signal has this name", self._now())
            return
        self._take_raw(_json_of(args))

    @workflow.update(name=RECORD_EVENT)
    def record_event(self, record: dict[str, Any]) -> dict[str, Any]:
        """Apply a record and answer where the case then stands; the same id gets its first answer again."""
        return _told(self._log.apply(read_record(record), self._now()))

    @record_event.validator
    def _validate_record_event(self, record: dict[str, Any]) -> None:
        """Refuse before anything is written: the type of the error is the code, its message a sentence."""
        try:
            refuse_if(bool(self._sequence_conflict), Refusal.SEQUENCE_CONFLICT)
            self._log.validate(read_record(record), self._now())
        except InvalidRecord as unreadable:
            raise ApplicationError(str(unreadable), type=unreadable.code, non_retryable=True) from None
        except RecordRefused as refusal:
            raise ApplicationError(str(refusal), type=refusal.code, non_retryable=True) from None

    @workflow.query(name=GET_STATUS)
    def status(self) -> dict[str, Any]:
        """Where the case stands: stage, step, reason, waits, version, and what is still to be done."""
        return status(self._log, self._sequence_conflict)

    @workflow.query(name=GET_STATE)
    def get_state(self) -> dict[str, Any]:
        """The case as the case file keeps it, with its whole state; nothing where no case was opened."""
        case = self._log.case
        return {} if case is None else _object(to_json(snapshot(case)))

    @workflow.query(name=GET_TIMELINE)
    def timeline(self) -> list[dict[str, Any]]:
        """What was recorded, oldest first, as far as it is remembered; the case file has all of it."""
        return [_told(answer) for answer in self._log.answers.values() if answer.refused is None]

    @workflow.query(name=EXPLAIN)
    def explain(self) -> dict[str, Any]:
        """What the victim may be told now."""
        case = self._log.case
        return {} if case is None else _object(to_json(explain(victim_view(case))))

    def _now(self) -> datetime:
        return self._clock.case_time(workflow.now())

    def _version(self) -> int:
        return self._log.case.version if self._log.case else 0

    def _take_raw(self, raw: object) -> None:
        try:
            record = read_record(raw)
        except InvalidRecord as unreadable:
            id, inbox = sent_as(raw)
            self._log.refuse_invalid(unreadable.code, str(unreadable), self._now(), id, inbox)
            return
        self._log.apply(record, self._now())

    def _record_due_events(self) -> None:
        """Record everything that the clock owes; each entry moves its own date, so this ends."""
        while (case := self._log.case) is not None and (event := due_now(case, self._now())) is not None:
            record = Record(f"{CLOCK}{case.version + 1}:{event.name}", event, Actor(Role.TIMER))
            answer = self._log.apply(record, self._now())
            assert answer.refused is None, f"{event.name} was due and refused: {answer.refused}"

    async def _write(self) -> None:
        """Write until nothing is left: what comes in during a write is the next batch."""
        while not self._sequence_conflict and (batch := self._log.pending_batch()) is not None:
            await self._write_batch(batch)

    async def _write_batch(self, batch: WriteBatch) -> None:
        try:
            await workflow.execute_activity_method(CaseFileActivities.write_case_file, batch, **WRITE_CASE_FILE)
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            # Nothing but a fork ends an activity that is tried for ever.
            self._sequence_conflict = str(error.cause or error)
            return
        self._log.mark_written(batch)

    def _send(self) -> None:
        """Begin what is to be sent to agencies, and stop what nobody wants any more."""
        wanted = self._log.outstanding
        for key in [key for key in self._sending if key not in wanted]:
            self._sending.pop(key).cancel()
        for key, effect in wanted.items():
            if key not in self._sending:
                self._sending[key] = asyncio.create_task(self._send_one(effect))

    async def _send_one(self, effect: Ask | CancelAsk) -> None:
        try:
            await self._call(effect)
        except FailureError as error:
            if is_cancelled_exception(error):
                # Nobody wants it any more: its cancellation follows.
                return
            self._give_up(effect, _problem_of(error))
        self._log.mark_done(effect)
        self._sending.pop(effect.key, None)

    def _give_up(self, effect: Ask | CancelAsk, problem: AskProblem) -> None:
        """Let a supervisor settle why an ask, or its reminder, cannot be delivered; a cancellation's attempts tell."""
        if isinstance(effect, Ask) and effect.key in self._log.outstanding:
            record = Record(f"{FAILED}{effect.key}", AskFailed(effect.wait, problem), Actor(Role.SERVICE))
            self._log.apply(record, self._now())

    async def _call(self, effect: Ask | CancelAsk) -> None:
        how: ActivityConfig = {**ASK_AGENCY, "summary": f"{type(effect).__name__} {effect.agency}: {effect.key}"}
        match effect:
            case Ask():
                await workflow.execute_activity_method(AgencyActivities.ask_agency, effect, **how)
            case CancelAsk():
                await workflow.execute_activity_method(AgencyActivities.cancel_ask, effect, **how)

    def _show(self) -> None:
        """Say where the case stands: to lists by search attributes, to an operator in Temporal's own pages."""
        case = self._log.case
        if case is None:
            return
        changes = self._search_attributes.changes(case)
        if changes:
            workflow.upsert_search_attributes(changes)
        workflow.set_current_details(details(case))

    def _is_over(self) -> bool:
        case = self._log.case
        if case is None:
            return True
        ends_on = aftercare_ends_on(case)
        return ends_on is not None and self._now() >= end_of(ends_on) and not self._log.is_behind

    def _end(self) -> CaseEnd:
        case = self._log.case
        if case is None:
            return CaseEnd(self._start.ref, "", None)
        return CaseEnd(case.ref, case.stage, case.progress.reason)

    def _is_long(self) -> bool:
        long = self._version() - self._entries_before >= ENTRIES_A_RUN
        return long or workflow.info().is_continue_as_new_suggested()

    async def _wait_for_work(self) -> None:
        """Wait for a record or for the alarm. A sequence_conflict case writes nothing more until somebody has looked at it."""
        self._set_timer()
        await workflow.wait_condition(
            lambda: self._timer_fired() or (self._log.is_behind and not self._sequence_conflict)
        )

    def _set_timer(self) -> None:
        """One timer, for the earliest moment; it is set anew only for an earlier one."""
        moment = self._next_moment()
        if moment is None or (self._timer_at is not None and self._timer_at <= moment):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = moment
        delay = self._clock.real_delay(self._now(), moment)
        self._timer = asyncio.create_task(workflow.sleep(delay, summary=f"until {moment.date()}"))

    def _next_moment(self) -> datetime | None:
        case = self._log.case
        if case is None:
            return None
        due, ends_on = next_due(case), aftercare_ends_on(case)
        moments = [due[0]] if due else []
        if ends_on is not None:
            moments.append(end_of(ends_on))
        return min(moments, default=None)

    def _timer_fired(self) -> bool:
        if self._timer is None or not self._timer.done():
            return False
        self._timer, self._timer_at = None, None
        return True


def _problem_of(error: FailureError) -> AskProblem:
    """Why a effect that is tried for as long as it takes was given up. Raises `error` where it is not for good."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type in tuple(AskProblem):
        return AskProblem(cause.type)
    raise error


def _json_of(args: Sequence[RawValue]) -> object:
    """The one JSON value in a signal's arguments; None where there is none, several, or something else."""
    if len(args) != 1:
        return None
    try:
        value: object = workflow.payload_converter().from_payload(args[0].payload)
    except Exception:  # noqa: BLE001 - whatever a client sends, a signal must not fail the workflow task
        return None
    return value


def _told(answer: RecordResult) -> dict[str, Any]:
    return _object(to_json(answer))


def _object(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value
