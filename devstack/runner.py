"""Plays the sample requests: sends them in, and does what staff do about each, until all are where they are to end."""

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
from workflows.clock import CaseClock
from workflows.record_codec import write_record
from workflows.names import RECORD_EVENT

log = structlog.get_logger("devstack.runner")

CASE = TypeAdapter(Case)

SECONDS_BETWEEN_LOOKS = 0.1
MOVES_AT_ONCE = 20
LOOKS_TO_BE_SHOWN = 150
"""After which staff look anew: the case file, which writes by itself, may have lost touch."""


@dataclass
class Played:
    """One sample as it is played: its case's reference, and where it stands as far as the case file tells."""

    sample: Sample
    ref: str
    version: int = 0
    case: Case | None = None
    refused: str | None = None
    done: set[str] = field(default_factory=set)
    idle_at: tuple[int, date] | None = None
    """At which version, and on which day, staff had nothing to do about it."""

    @property
    def is_at_its_end(self) -> bool:
        """Whether this sample is where it is to end."""
        end = self.sample.end
        if end.refused is not None:
            return self.refused == end.refused
        return self.case is not None and end.is_reached(self.case)


@dataclass
class Players:
    """Staff at work on all cases at once, by the clock that the cases share."""

    pool: asyncpg.Pool
    client: Client
    clock: CaseClock
    played: Mapping[str, Played]
    at_work: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def look(self) -> None:
        """Read what has changed, and begin what staff would do about it now."""
        await self._read()
        for each in self.played.values():
            if each.case is not None and each.ref not in self.at_work:
                self._act(each, each.case)

    async def _read(self) -> None:
        known = [each.version for each in self.played.values()]
        rows = await self.pool.fetch(
            """
            select cases.ref, cases.state from cases
            join unnest($1::text[], $2::int[]) as known (ref, version) on known.ref = cases.ref
            where cases.version > known.version
            """,
            list(self.played),
            known,
        )
        for row in rows:
            each = self.played[row["ref"]]
            each.case = CASE.validate_python(row["state"])
            each.version = each.case.version
        await self._read_refusals()

    async def _read_refusals(self) -> None:
        waiting = [each.ref for each in self.played.values() if each.case is None and each.refused is None]
        if not waiting:
            return
        query = "select ref, reason from inbox where kind = 'request' and outcome = 'refused' and ref = any($1::text[])"
        for row in await self.pool.fetch(query, waiting):
            self.played[row["ref"]].refused = row["reason"]

    def _act(self, each: Played, case: Case) -> None:
        now = self.clock.case_time(datetime.now(UTC))
        if len(self.at_work) >= MOVES_AT_ONCE or each.idle_at == (case.version, now.date()):
            return
        record = next_staff_event(each.sample.script, case, now, each.done)
        if record is None:
            each.idle_at = (case.version, now.date())
        else:
            self.at_work[each.ref] = asyncio.create_task(self._move(each, write_record(record)))

    async def _move(self, each: Played, raw: Mapping[str, Any]) -> None:
        """Record, and wait a while for the case file to show it; a refusal: the case has moved on meanwhile."""
        try:
            handle = self.client.get_workflow_handle(each.ref)
            answer = await handle.execute_update(RECORD_EVENT, raw, id=raw["id"])
            each.done.add(raw["id"])
            await self._shown(each, answer["version"])
        except WorkflowUpdateFailedError as refusal:
            log.info("staff.refused", case=each.ref, moved=raw["event"], reason=str(refusal.cause))
        except (TemporalError, TimeoutError) as error:
            log.warning("staff.again", case=each.ref, error=type(error).__name__)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            del self.at_work[each.ref]

    async def _shown(self, each: Played, version: int) -> None:
        for _ in range(LOOKS_TO_BE_SHOWN):
            if each.version >= version:
                return
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        raise TimeoutError

    async def stop(self) -> None:
        """Leave what is being done."""
        for task in list(self.at_work.values()):
            task.cancel()
        await asyncio.gather(*self.at_work.values(), return_exceptions=True)
