"""Sends lives to a server: many at once, staff's messages by update, agencies' by signal once they were asked."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from temporalio.client import Client

from benchmarks.agency import Arrivals
from benchmarks.harness import Round, run_concurrently
from benchmarks.life import REQUEST, Message
from domain.references import new_ref
from domain.vocabulary import CaseRef
from workflows.names import RECORD, RECORD_EVENT

ANSWERS_AFTER = 0.2
"""Seconds from an ask's arrival to its answer: no agency answers while it is still being asked."""


@dataclass(frozen=True)
class Target:
    """One of the two workflows that are compared, and how to reach it."""

    name: str
    client: Client
    workflow: str
    task_queue: str
    start: Callable[[CaseRef, dict[str, Any]], Any]
    """The workflow's input, of a reference and the request's record."""
    arrivals: Arrivals = field(default_factory=Arrivals)

    async def run_case(self, ref: CaseRef, messages: Sequence[Message]) -> None:
        """Start a case and send it `messages`."""
        start = self.start(ref, REQUEST.record(f"{ref}-0"))
        case = await self.client.start_workflow(self.workflow, start, id=ref, task_queue=self.task_queue)
        for number, message in enumerate(messages, 1):
            if message.after_asks:
                await self.arrivals.wait_for(ref, message.after_asks)
                await asyncio.sleep(ANSWERS_AFTER)
            record = message.record(f"{ref}-{number}")
            if message.is_update:
                await case.execute_update(RECORD_EVENT, record, id=record["id"])
            else:
                await case.signal(RECORD, record)


def new_refs(count: int) -> tuple[CaseRef, ...]:
    """The references of `count` new cases."""
    chance = random.Random()
    return tuple(new_ref(chance) for _ in range(count))


async def run_cases(target: Target, refs: tuple[CaseRef, ...], messages: Sequence[Message], at_once: int) -> Round:
    """A round of new cases, `at_once` cases at a time."""
    return await run_concurrently((partial(target.run_case, ref, messages) for ref in refs), at_once)
