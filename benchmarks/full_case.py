"""Full cases a second, from the request to the last follow-up, with real parts, against a bare workflow."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psutil

from adapters.clock import StackClock
from benchmarks.case_checks import check_cases, wait_until_closed
from benchmarks.costs import history_events
from benchmarks.harness import Round, Side, compare, run_pairs, say
from benchmarks.life import NOTIFICATIONS, Message, asks_of, life
from benchmarks.load import Target, new_refs, run_cases
from benchmarks.stack import Servers, add_offenders, cases, floors, servers
from domain.vocabulary import CaseRef

SAMPLE = 20
"""Cases of which the history is counted."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: enough for a round of some ten seconds on two processors."""

    pairs: int = 5
    cases: int = 60
    at_once: int = 30
    warm_up: int = 15
    open_cases: int = 1000


@dataclass
class CaseRounds:
    """Runs rounds of cases on one of the two workflows, and checks ours in the case file."""

    stack: Servers
    target: Target
    messages: Sequence[Message]
    size: Size
    refs: tuple[CaseRef, ...] = ()
    """Those of the last round."""

    async def run(self, count: int = 0) -> Round:
        """A round of `count` cases. Raises LostError."""
        self.refs = new_refs(count or self.size.cases)
        if self.target.name == "floor":
            return await run_cases(self.target, self.refs, self.messages, self.size.at_once)
        await add_offenders(self.stack.pool, self.refs)
        done = await run_cases(self.target, self.refs, self.messages, self.size.at_once)
        # Ours has ended only where people can read that it has.
        waited = await wait_until_closed(self.stack.pool, self.refs)
        entries, asks = len(self.messages) + 1, asks_of(self.messages)
        await check_cases(self.stack.pool, self.refs, entries=entries, asks=asks, notifications=NOTIFICATIONS)
        return Round(done.latencies, done.seconds + waited)

    async def costs(self, side: Side) -> dict[str, Any]:
        """What a case costs on this side."""
        counted = await history_events(self.target.client, self.refs[:SAMPLE])
        return {**counted, "processor_ms": side.processor.each(side.operations)}


async def full_case(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where the case file misses anything."""
    size, messages = size or Size(), life(StackClock().today())
    async with servers() as stack:
        async with AsyncExitStack() as both:
            case, _ = await both.enter_async_context(cases(stack, "bench"))
            bare, _ = await both.enter_async_context(floors(stack, messages))
            rounds = [CaseRounds(stack, target, messages, size) for target in (case, bare)]
            for one in rounds:
                await one.run(size.warm_up)
            ours, floor = (Side(one.run) for one in rounds)
            await run_pairs("full_case", ours, floor, size.pairs)
            used = [sum(side.processor.seconds.values()) for side in (floor, ours)]
            result = compare(
                ours,
                floor,
                processor_ratio=round(used[0] / used[1], 3),
                messages=len(messages) + 1,
                costs=await rounds[0].costs(ours),
                floor_costs=await rounds[1].costs(floor),
            )
        return {"name": "full_case", **result, "memory": await _memory(stack, size)}


async def _memory(stack: Servers, size: Size) -> dict[str, Any]:
    """The memory of a fresh worker with many open cases; each was screened, and one agency asked."""
    screened = life(StackClock().today())[:1]
    async with cases(stack, "bench-memory") as (target, guard):
        await run_cases(target, new_refs(size.warm_up), screened, size.at_once)
        before = _resident(guard)
        await run_cases(target, new_refs(size.open_cases), screened, size.at_once)
        after = _resident(guard)
    say(f"memory: {before} MB before, {after} MB with {size.open_cases} open cases")
    return {"open_cases": size.open_cases, "before_mb": before, "after_mb": after}


def _resident(guard: psutil.Process) -> float:
    """Megabytes of the process that `guard` guards."""
    return round(sum(child.memory_info().rss for child in guard.children(recursive=True)) / 1e6, 1)
