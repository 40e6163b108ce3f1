"""How long questions take, each beside its floor: in turn, so that what else the machine does meets both alike."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.webhook_sender import percentile

Ask = Callable[[], Awaitable[int]]
"""Asks a question, and gives how many rows came back."""


@dataclass
class Took:
    """How many seconds each time took, and how many rows it was."""

    seconds: list[float] = field(default_factory=list)
    rows: int = 0

    @property
    def figures(self) -> dict[str, Any]:
        """Milliseconds."""
        p50, p99 = 1000 * median(self.seconds), 1000 * percentile(self.seconds, 99)
        return {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "rows": self.rows}


async def measured(asks: Mapping[str, Ask], times: int, warm_up: int = 20) -> dict[str, Took]:
    """Ask each question so many times, in turn."""
    took = {name: Took() for name in asks}
    for turn in range(warm_up + times):
        for name, ask in asks.items():
            began = time.perf_counter()
            rows = await ask()
            if turn >= warm_up:
                took[name].seconds.append(time.perf_counter() - began)
                took[name].rows = rows
    return took


def ratio(ours: Took, floor: Took) -> float:
    """How many times its floor a question takes: the median of what each turn says, in which both were asked."""
    return round(median(one / other for one, other in zip(ours.seconds, floor.seconds, strict=True)), 2)


DEEP = 1.25
"""What noise may make of a deep page that costs as much as the first one."""


def beside(
    name: str,
    pairs: Sequence[tuple[Took, Took]],
    goal_ms: float,
    goal_ratio: float | None,
    deep_to_first: Mapping[str, float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A result as it is printed: p99 in milliseconds of the slowest of what is asked, each with its floor.

    The goals are met where every one of them meets them, and no deep page costs more than the first.
    """
    slowest, low = max(pairs, key=lambda pair: pair[0].figures["p99_ms"])
    times = max(ratio(ours, floor) for ours, floor in pairs)
    deep = deep_to_first or {}
    return {
        "name": name,
        "value": slowest.figures["p99_ms"],
        "unit": "ms, p99",
        "floor": low.figures["p99_ms"],
        "ratio": times,
        "p50_ms": slowest.figures["p50_ms"],
        "floor_p50_ms": low.figures["p50_ms"],
        "rows": slowest.rows,
        "goal_ms": goal_ms,
        "goal_ratio": goal_ratio,
        "goal_deep": DEEP if deep else None,
        "met": slowest.figures["p99_ms"] < goal_ms
        and (goal_ratio is None or times <= goal_ratio)
        and all(each <= DEEP for each in deep.values()),
        **({"deep_to_first": dict(deep)} if deep else {}),
        **more,
    }
