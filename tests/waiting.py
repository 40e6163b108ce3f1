"""Waiting without a limit of its own: however slow the machine, only pytest's timeout ends a test that waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], Awaitable[T | None]], interval: float = 0.05) -> T:
    """The first true value of `condition`."""
    while not (value := await condition()):  # noqa: ASYNC110 - what other processes do tells nobody
        await asyncio.sleep(interval)
    return value


async def until(condition: Callable[[], object], interval: float = 0.02) -> None:
    """Wait until `condition` is true."""
    while not condition():  # noqa: ASYNC110 - what other processes do tells nobody
        await asyncio.sleep(interval)
