"""Full cases a second, from the first word to the last follow-up, with real parts, against a bare workflow."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psutil

from benchmarks.casefile import check, until_closed
from benchmarks.counting import Processor, histories
from benchmarks.life import NOTICES, Message, asks_of, life
from benchmarks.load import Round, Target, new_refs, run_round
from benchmarks.stack import Servers, add_offenders, cases, floors, servers

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
class Side:
    """One side of the comparison, with what was measured of it."""

    target: Target
    rounds: list[Round] = field(default_factory=list)
    processor: Processor = field(default_factory=Processor)

    @property
    def rate(self) -> float:
        """Cases a second: the median of the rounds."""
        return median(each.rate for each in self.rounds)

    async def details(self) -> dict[str, Any]:
        """What a case costs on this side."""
        measured = sum(len(each.refs) for each in self.rounds)
        counted = await histories(self.target.client, self.rounds[-1].refs[:SAMPLE])
        return {**counted, "processor_ms": self.processor.per_case(measured)}


async def full_case(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where the case file misses anything."""
    size = size or Size()
    messages = life(datetime.now(UTC).date())
    async with servers() as stack:
        result = await _compare(stack, messages, size)
        return {**result, "memory": await _memory(stack, size)}


async def _compare(stack: Servers, messages: tuple[Message, ...], size: Size) -> dict[str, Any]:
    async with AsyncExitStack() as both:
        case = Side((await both.enter_async_context(cases(stack, "bench")))[0])
        floor = Side((await both.enter_async_context(floors(stack, messages)))[0])
        for side in (case, floor):
            await _round(stack, side, messages, replace(size, cases=size.warm_up))
        case, floor = Side(case.target), Side(floor.target)
        for number in range(1, size.pairs + 1):
            for side in (case, floor):
                await _round(stack, side, messages, size)
            _say(f"pair {number}: case {case.rounds[-1].rate:.2f}/s, floor {floor.rounds[-1].rate:.2f}/s")
        return await _result(case, floor, messages, size)


async def _round(stack: Servers, side: Side, messages: tuple[Message, ...], size: Size) -> None:
    refs = new_refs(size.cases)
    is_case = side.target.name == "case"
    if is_case:
        await add_offenders(stack.pool, refs)
    side.processor.begin()
    began = asyncio.get_running_loop().time()
    done = await run_round(side.target, refs, messages, size.at_once)
    if is_case:
        # Ours has ended only where people can read that it has.
        await until_closed(stack.pool, refs)
        done = replace(done, seconds=asyncio.get_running_loop().time() - began)
    side.processor.end()
    side.rounds.append(done)
    if is_case:
        await check(stack.pool, refs, entries=len(messages) + 1, asks=asks_of(messages), notices=NOTICES)


async def _result(case: Side, floor: Side, messages: Sequence[Message], size: Size) -> dict[str, Any]:
    ratios = [mine.rate / bare.rate for mine, bare in zip(case.rounds, floor.rounds, strict=True)]
    return {
        "name": "full_case",
        "value": round(case.rate, 2),
        "unit": "cases/s",
        "floor": round(floor.rate, 2),
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "messages": len(messages) + 1,
        "cases": size.cases,
        "at_once": size.at_once,
        "processor_ratio": round(sum(floor.processor.seconds.values()) / sum(case.processor.seconds.values()), 3),
        "case_costs": await case.details(),
        "floor_costs": await floor.details(),
    }


async def _memory(stack: Servers, size: Size) -> dict[str, Any]:
    """What a fresh worker holds with many open cases; each has been screened, and one agency asked."""
    screened = life(datetime.now(UTC).date())[:1]
    async with cases(stack, "bench-memory") as (target, guard):
        await run_round(target, new_refs(size.warm_up), screened, size.at_once)
        before = _resident(guard)
        await run_round(target, new_refs(size.open_cases), screened, size.at_once)
        after = _resident(guard)
    _say(f"memory: {before} MB before, {after} MB with {size.open_cases} open cases")
    return {"open_cases": size.open_cases, "before_mb": before, "after_mb": after}


def _resident(guard: psutil.Process) -> float:
    """Megabytes of the process that `guard` guards."""
    rss = sum(child.memory_info().rss for child in guard.children(recursive=True))
    return round(rss / 1e6, 1)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
