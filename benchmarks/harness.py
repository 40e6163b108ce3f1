"""The harness of all benchmarks: rounds of ours and of its floor in turn, and the same figures of both.

Each figure is the median of the rounds. `ratio` is our rate over the floor's: 1 is as fast as the floor. It is the
median of pairs of rounds that ran one right after the other, so that what else the machine does counts least.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from benchmarks.costs import Processor


@dataclass(frozen=True, slots=True)
class Round:
    """One round: the seconds of each operation, and of all of them together."""

    latencies: tuple[float, ...]
    seconds: float

    @property
    def rate(self) -> float:
        """Operations a second."""
        return len(self.latencies) / self.seconds


@dataclass
class Side:
    """One side of a comparison: how a round of it is run, and what was measured."""

    run: Callable[[], Awaitable[Round]]
    rounds: list[Round] = field(default_factory=list)
    processor: Processor = field(default_factory=Processor)

    async def measure(self) -> None:
        """Run one round."""
        with self.processor.measure():
            self.rounds.append(await self.run())

    @property
    def operations(self) -> int:
        """How many were measured in all rounds."""
        return sum(len(round_.latencies) for round_ in self.rounds)

    def figures(self) -> dict[str, float]:
        """Rate a second, and the milliseconds below which half and 99 % of the operations took."""
        shares = {share: [percentile(one.latencies, share) for one in self.rounds] for share in (50, 99)}
        times = {f"p{share}_ms": round(1000 * median(found), 2) for share, found in shares.items()}
        return {"rate": round(median(one.rate for one in self.rounds), 2), **times}


async def run_pairs(name: str, ours: Side, floor: Side, pairs: int) -> None:
    """Run `pairs` rounds of each side in turn."""
    for number in range(1, pairs + 1):
        for side in (ours, floor):
            await side.measure()
        say(f"{name} {number}: {ours.rounds[-1].rate:.2f}/s, floor {floor.rounds[-1].rate:.2f}/s")


async def run_concurrently(operations: Iterable[Callable[[], Awaitable[object]]], concurrency: int) -> Round:
    """A round of these operations, `concurrency` of them at once."""
    places, latencies = asyncio.Semaphore(concurrency), list[float]()

    async def run(operation: Callable[[], Awaitable[object]]) -> None:
        async with places:
            began = time.perf_counter()
            await operation()
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for operation in operations:
            group.create_task(run(operation))
    return Round(tuple(latencies), time.perf_counter() - began)


def ratios(ours: Side, floor: Side) -> list[float]:
    """Our rate over the floor's, pair by pair."""
    return [round(one.rate / other.rate, 3) for one, other in zip(ours.rounds, floor.rounds, strict=True)]


def compare(ours: Side, floor: Side | None, **details: Any) -> dict[str, Any]:
    """The figures of ours, of its floor, and what else is to be known."""
    if floor is None:
        return {**ours.figures(), "ratio": None, "floor": None, **details}
    pairs = ratios(ours, floor)
    return {**ours.figures(), "ratio": round(median(pairs), 3), "floor": floor.figures(), "ratios": pairs, **details}


def percentile(values: Sequence[float], share: int) -> float:
    """The value below which `share` of a hundred lie."""
    return quantiles(values, n=100, method="inclusive")[share - 1] if len(values) > 1 else values[0]


def say(text: str) -> None:
    """Tell the progress."""
    print(text, file=sys.stderr, flush=True)
