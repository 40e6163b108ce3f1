"""Sends lives to a server: many at once, staff's messages by update, agencies' by signal once they were asked."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from temporalio.client import Client, WorkflowHandle

from benchmarks.agency import Arrivals
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


@dataclass(frozen=True, slots=True)
class Round:
    """One round: which cases, and how long it took until the last was answered."""

    refs: tuple[CaseRef, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Cases a second."""
        return len(self.refs) / self.seconds


def new_refs(count: int) -> tuple[CaseRef, ...]:
    """So many references of new cases."""
    chance = random.Random()
    return tuple(new_ref(chance) for _ in range(count))


async def run_round(target: Target, refs: tuple[CaseRef, ...], messages: Sequence[Message], at_once: int) -> Round:
    """Lead new cases through `messages`, `at_once` cases at a time."""
    places = asyncio.Semaphore(at_once)

    async def lead(ref: CaseRef) -> None:
        async with places:
            await _lead(target, ref, messages)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for ref in refs:
            group.create_task(lead(ref))
    return Round(refs, time.perf_counter() - began)


async def _lead(target: Target, ref: CaseRef, messages: Sequence[Message]) -> None:
    start = target.start(ref, REQUEST.record(f"{ref}-0"))
    handle = await target.client.start_workflow(target.workflow, start, id=ref, task_queue=target.task_queue)
    for number, message in enumerate(messages, 1):
        if message.after_asks:
            await target.arrivals.reach(ref, message.after_asks)
            await asyncio.sleep(ANSWERS_AFTER)
        await _send(handle, message, f"{ref}-{number}")


async def _send(handle: WorkflowHandle[Any, Any], message: Message, id: str) -> None:
    record = message.record(id)
    if message.is_update:
        await handle.execute_update(RECORD_EVENT, record, id=id)
    else:
        await handle.signal(RECORD, record)
