"""How long questions take, in turn with their floor, so that what else the machine does affects both alike."""

import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median
from typing import Any

from benchmarks.harness import Round, Side

Query = Callable[[], Awaitable[int]]
"""Asks a question, and gives how many rows came back."""

MAX_DEEP = 1.25
"""By how much noise may make a deep page slower that costs as much as the first one."""


async def time_queries(queries: Mapping[str, Query], times: int, warm_up: int = 20) -> dict[str, Side]:
    """Run each query `times` times, in turn; each as a side with one round."""
    latencies: dict[str, list[float]] = {name: [] for name in queries}
    for turn in range(warm_up + times):
        for name, query in queries.items():
            began = time.perf_counter()
            await query()
            if turn >= warm_up:
                latencies[name].append(time.perf_counter() - began)
    sides = {}
    for name, taken in latencies.items():
        side = sides[name] = Side(_not_run)
        side.rounds.append(Round(tuple(taken), sum(taken)))
    return sides


async def _not_run() -> Round:
    raise NotImplementedError


def speed(ours: Side, floor: Side) -> float:
    """How fast a question is relative to its floor: the median of the turns in which both were asked."""
    pairs = zip(ours.rounds[0].latencies, floor.rounds[0].latencies, strict=True)
    return round(median(other / one for one, other in pairs), 3)


def slowest(
    name: str,
    pairs: Mapping[str, str],
    sides: Mapping[str, Side],
    *,
    goal_ms: float,
    goal_ratio: float | None = None,
    deep_pages: Mapping[str, str] | None = None,
    **details: Any,
) -> dict[str, Any]:
    """A result as it is printed: the figures of the slowest question, and the least ratio of all to their floors.

    `pairs` names each question's floor, `deep_pages` each deep page's first page. The goals are met where every
    question meets them, and no deep page costs more than the first.
    """
    worst = max(pairs, key=lambda one: sides[one].figures()["p99_ms"])
    ratio = min(speed(sides[one], sides[floor]) for one, floor in pairs.items())
    deep = {one: round(1 / speed(sides[one], sides[first]), 2) for one, first in (deep_pages or {}).items()}
    figures = {one: side.figures() for one, side in sides.items()}
    is_fast = all(figures[one]["p99_ms"] < goal_ms for one in pairs)
    return {
        "name": name,
        **figures[worst],
        "ratio": ratio,
        "floor": figures[pairs[worst]],
        "goal_ms": goal_ms,
        "goal_ratio": goal_ratio,
        "met": is_fast
        and (goal_ratio is None or ratio >= goal_ratio)
        and all(times <= MAX_DEEP for times in deep.values()),
        **({"deep_to_first": deep} if deep else {}),
        "details": figures,
        **details,
    }
