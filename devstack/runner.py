"""Runs the sample requests: does what staff do about each case, until all have ended as their samples say.

A day passes (`devstack.waiting_clock`) only when all that is due has been done, by the agencies, the server, the worker
and staff. So a case has the same result on every machine.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import structlog
from pydantic import TypeAdapter
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError
from temporalio.service import RPCError, RPCStatusCode

from adapters.notifications.sender import TIME_TO_RING
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.outbox import PostgresOutbox
from devstack.agencies import SimulatorBacklog
from devstack.samples import Sample
from devstack.stack import Stack
from devstack.staff_scripts import next_staff_event
from devstack.waiting_clock import WaitingClock, due_at
from domain.case import Case
from queries.demonstration import DemonstrationQueries
from settings import Settings
from workflows.clock import CaseClock
from workflows.names import GET_STATUS, RECORD_EVENT, SET_CLOCK
from workflows.record_codec import write_record

log = structlog.get_logger("devstack.runner")

_BACKLOG = TypeAdapter(SimulatorBacklog)

SECONDS_BETWEEN_STEPS = 0.02
CONCURRENT_RECORDS = 20
RECORD_TIMEOUT = 30.0
"""After which staff try again, under the same id: a worker or the case file may be unavailable."""
TIME_FOR_STATUS = timedelta(seconds=10)
QUIET_STEPS = 2
"""In so many steps in a row nothing must be left: what moves on while it is looked for is found by the next one."""


@dataclass
class SampleRun:
    """One sample as it is run: its case's reference, and its state as far as the case file tells."""

    sample: Sample
    ref: str
    version: int = 0
    case: Case | None = None
    refused: str | None = None
    recorded: set[str] = field(default_factory=set)
    sent: tuple[int, list[str]] | None = None
    """The version at which its workflow was last asked what it has still to send, and the answer."""

    @property
    def has_ended(self) -> bool:
        """Whether the case is where its sample says that it ends."""
        end = self.sample.end
        if end.refused is not None:
            return self.refused == end.refused
        return self.case is not None and end.is_reached(self.case)

    @property
    def due_at(self) -> datetime | None:
        """When the next event is due by date in the case, or its aftercare ends; None: never."""
        return None if self.case is None else due_at(self.case)


@dataclass
class StaffRunner:
    """Staff who work on all cases at once, and the clock that waits for them and for everybody else."""

    pool: asyncpg.Pool
    client: Client
    clock: WaitingClock
    agencies: httpx.AsyncClient
    runs: Mapping[str, SampleRun]
    notifications_delay: timedelta
    recording: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    waits_for: str = ""
    """What the day waits for, in a word."""
    backlog: SimulatorBacklog = field(default_factory=SimulatorBacklog)
    _quiet_steps: int = 0

    async def step(self) -> None:
        """Look at what is left to do today. If there is nothing, let staff work; if they have nothing, go on."""
        self.waits_for = await self._find_backlog()
        self._quiet_steps = 0 if self.waits_for else self._quiet_steps + 1
        if self._quiet_steps >= QUIET_STEPS and not self._start_records():
            self._quiet_steps = 0
            due = {run.ref: run.due_at for run in self.runs.values()}
            await self.clock.advance(due, self.backlog.pending)

    async def _find_backlog(self) -> str:
        """What is due and not done yet, in a word; empty for nothing."""
        has_changed = await self._read_cases()
        try:
            answer = await self.agencies.post("/clock")
        except httpx.HTTPError:
            return "agencies"
        self.backlog = _BACKLOG.validate_json(answer.raise_for_status().content)
        if self.recording:
            return "staff"
        if self.backlog.due:
            return "agencies"
        if await PostgresInbox(self.pool).has_unresolved():
            return "inbox"
        delay = max(self.notifications_delay, TIME_TO_RING)
        if await PostgresOutbox(self.pool).has_late(self.clock.clock.now(), delay):
            return "notifications"
        if await self._has_unsent():
            return "cases"
        return "changes" if has_changed else ""

    def _start_records(self) -> bool:
        """Start what staff would do now, and return whether there is anything."""
        now = self.clock.clock.now()
        for run in self.runs.values():
            if run.case is not None and len(self.recording) < CONCURRENT_RECORDS:
                record = next_staff_event(run.sample.script, run.case, now, run.recorded)
                if record is not None:
                    self.recording[run.ref] = asyncio.create_task(self._record(run, write_record(record)))
        return bool(self.recording)

    async def _read_cases(self) -> bool:
        """Read the cases that have changed, and return whether there are any."""
        demonstration = DemonstrationQueries(self.pool)
        changed = await demonstration.list_changed_cases({ref: run.version for ref, run in self.runs.items()})
        for case in changed:
            run = self.runs[case.ref]
            run.case, run.version = case, case.version
        waiting = [run.ref for run in self.runs.values() if run.case is None and run.refused is None]
        if waiting:
            for ref, reason in (await demonstration.list_refused_requests(waiting)).items():
                self.runs[ref].refused = reason
        return bool(changed)

    async def _has_unsent(self) -> bool:
        """Whether a case has not recorded what its clock brought, or not sent what an agency could receive."""
        if any(self.clock.is_recording(run.ref, run.case) for run in self.runs.values() if run.case is not None):
            return True
        runs = [run for run in self.runs.values() if run.case is not None and run.sent != (run.version, [])]
        await asyncio.gather(*(self._ask_for_unsent(run) for run in runs))
        return any(
            run.sent is None or run.sent[0] != run.version or (run.sent[1] and run.ref not in self.backlog.unavailable)
            for run in runs
        )

    async def _ask_for_unsent(self, run: SampleRun) -> None:
        try:
            handle = self.client.get_workflow_handle(run.ref)
            status = await handle.query(GET_STATUS, rpc_timeout=TIME_FOR_STATUS)
            run.sent = None if status["unwritten"] else (status["version"], status["outstanding"])
        except (TemporalError, TimeoutError) as error:
            log.info("staff.no_status", case=run.ref, error=type(error).__name__)

    async def _record(self, run: SampleRun, raw: Mapping[str, Any]) -> None:
        """Record, and wait until the case file has it; a refusal means that the case has changed meanwhile."""
        try:
            async with asyncio.timeout(RECORD_TIMEOUT):
                await self.clock.set_for(run.ref)
                handle = self.client.get_workflow_handle(run.ref)
                result = await handle.execute_update(RECORD_EVENT, raw, id=raw["id"])
                run.recorded.add(raw["id"])
                while run.version < result["version"]:  # noqa: ASYNC110 - `step` reads it
                    await asyncio.sleep(SECONDS_BETWEEN_STEPS)
        except WorkflowUpdateFailedError as refusal:
            log.info("staff.refused", case=run.ref, event_name=raw["event"], reason=str(refusal.cause))
        except (TemporalError, TimeoutError) as error:
            log.warning("staff.retried", case=run.ref, error=type(error).__name__)
            await asyncio.sleep(SECONDS_BETWEEN_STEPS)
        finally:
            del self.recording[run.ref]

    async def stop(self) -> None:
        """Leave what is being recorded."""
        for task in list(self.recording.values()):
            task.cancel()
        await asyncio.gather(*self.recording.values(), return_exceptions=True)


@asynccontextmanager
async def staff_at_work(
    stack: Stack, pool: asyncpg.Pool, client: Client, runs: Sequence[SampleRun], settings: Settings, day_seconds: float
) -> AsyncIterator[StaffRunner]:
    """Staff and the clock for these samples on a stack whose clock does not go by itself, with its `settings`."""

    async def set_case(ref: str, clock: CaseClock) -> None:
        try:
            await client.get_workflow_handle(ref).signal(SET_CLOCK, clock)
        except RPCError as error:
            # The case is over; or its request was refused.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async with httpx.AsyncClient(base_url=stack.agencies_url, timeout=60) as agencies:
        clock = WaitingClock(stack.clock, set_case, day_seconds)
        delay = timedelta(minutes=settings.notifications_delay_minutes)
        runner = StaffRunner(pool, client, clock, agencies, {run.ref: run for run in runs}, delay)
        try:
            yield runner
        finally:
            await runner.stop()
