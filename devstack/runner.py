"""Runs the sample requests: does what staff do about each case, until all have ended as their samples say."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import structlog
from pydantic import TypeAdapter
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import TemporalError

from devstack.samples import Sample
from devstack.staff_scripts import next_staff_event
from domain.case import Case
from domain.effects import asks
from workflows.clock import CaseClock
from workflows.names import RECORD_EVENT
from workflows.record_codec import write_record

log = structlog.get_logger("devstack.runner")

CASE = TypeAdapter(Case)

SECONDS_BETWEEN_STEPS = 0.1
CONCURRENT_RECORDS = 20
SECONDS_TO_RECORD = 30.0
"""After which staff try again, under the same id: a worker or the case file may be unavailable."""


@dataclass
class SampleRun:
    """One sample as it is run: its case's reference, and its state as far as the case file tells."""

    sample: Sample
    ref: str
    version: int = 0
    case: Case | None = None
    refused: str | None = None
    recorded: set[str] = field(default_factory=set)
    idle_at: tuple[int, date] | None = None
    """At which version, and on which day, staff had nothing to do about it."""

    @property
    def has_ended(self) -> bool:
        """Whether the case is where its sample says that it ends."""
        end = self.sample.end
        if end.refused is not None:
            return self.refused == end.refused
        return self.case is not None and end.is_reached(self.case)


@dataclass
class StaffRunner:
    """Staff who work on all cases at once, by the clock that the cases share."""

    pool: asyncpg.Pool
    client: Client
    clock: CaseClock
    runs: Mapping[str, SampleRun]
    recording: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def step(self) -> None:
        """Read what has changed, and start what staff would do about it now."""
        await self._read_cases()
        now = self.clock.case_time(datetime.now(UTC))
        for run in self.runs.values():
            if run.case is None or run.ref in self.recording or run.idle_at == (run.version, now.date()):
                continue
            if len(self.recording) >= CONCURRENT_RECORDS:
                return
            record = next_staff_event(run.sample.script, run.case, now, run.recorded)
            if record is None:
                run.idle_at = (run.version, now.date())
                continue
            # Staff wait until each ask of the case was sent at least once: on a slow machine they would else answer
            # for an agency before it was asked.
            keys = [ask.key for ask in asks(run.case)]
            query = "select count(*) from asks where key = any($1::text[]) and outcome <> 'sending'"
            if await self.pool.fetchval(query, keys) == len(keys):
                self.recording[run.ref] = asyncio.create_task(self._record(run, write_record(record)))

    async def _read_cases(self) -> None:
        rows = await self.pool.fetch(
            """
            select cases.ref, cases.state from cases
            join unnest($1::text[], $2::int[]) as known (ref, version) on known.ref = cases.ref
            where cases.version > known.version
            """,
            list(self.runs),
            [run.version for run in self.runs.values()],
        )
        for row in rows:
            run = self.runs[row["ref"]]
            run.case = CASE.validate_python(row["state"])
            run.version = run.case.version
        waiting = [run.ref for run in self.runs.values() if run.case is None and run.refused is None]
        if not waiting:
            return
        query = "select ref, reason from inbox where kind = 'request' and outcome = 'refused' and ref = any($1::text[])"
        for row in await self.pool.fetch(query, waiting):
            self.runs[row["ref"]].refused = row["reason"]

    async def _record(self, run: SampleRun, raw: Mapping[str, Any]) -> None:
        """Record, and wait until the case file has it; a refusal means that the case has changed meanwhile."""
        try:
            async with asyncio.timeout(SECONDS_TO_RECORD):
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
