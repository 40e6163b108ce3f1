"""How long it takes from the 202 of a webhook until its event is in the case file, against a bare workflow's write."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from temporalio.client import Client

from adapters.clock import StackClock
from benchmarks import bare_case
from benchmarks.arrivals import NOTIFY_ARRIVALS, ReadableFrom, listen_for_arrivals
from benchmarks.case_checks import check_chains
from benchmarks.endpoints import KEY, bare_case_worker, new_id, webhook_endpoint
from benchmarks.harness import Round, Side, compare, say
from benchmarks.life import life
from benchmarks.load import new_refs, run_cases
from benchmarks.stack import Servers, cases, servers
from benchmarks.webhook_sender import Order, WebhookMessage, WebhookSender, webhook_sender

AT_ONCE = 30
"""How many cases are opened concurrently."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: `idle` messages one at a time, one for each case at once, then half of that rate for `seconds`.

    One for each case: several that wait for the same case are written together, and would seem to go faster. After
    each measurement there are some seconds to `settle`: when its event is written a workflow has another task to do.
    """

    cases: int = 300
    idle: int = 100
    idle_rate: float = 5.0
    connections: int = 16
    seconds: float = 15.0
    warm_up: int = 100
    settle: float = 5.0


Send = Callable[[int, int, float], Awaitable[Round]]
"""Sends a number of messages over a number of connections at a rate (0: as fast as it goes), and times them."""


async def webhook_to_case(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where a message did not arrive, or a chain is broken."""
    size = size or Size()
    async with servers() as stack, webhook_sender() as sender:
        await stack.pool.execute(bare_case.TABLE)
        await stack.pool.execute(NOTIFY_ARRIVALS)
        async with (
            listen_for_arrivals(stack.pool) as readable,
            _ours(stack, sender, readable, size) as ours,
            _floor(stack, readable, size) as floor,
        ):
            for send in (ours, floor):
                await _run_and_settle(size, send(size.warm_up, size.connections, 0))
            idle = await _measure("idle", size, ours, floor, size.idle, 1, size.idle_rate)
            burst = await _run_and_settle(size, ours(size.cases, size.connections, 0))
            say(f"burst: {burst.rate:.1f}/s")
            half, count = burst.rate / 2, max(round(burst.rate / 2 * size.seconds), 2)
            loaded = await _measure("half of that", size, ours, floor, count, size.connections, half)
    return {
        "name": "webhook_to_case",
        **idle,
        "half_load": loaded,
        "max_rate": round(burst.rate, 1),
        "cases": size.cases,
    }


async def _measure(
    name: str, size: Size, ours: Send, floor: Send, count: int, connections: int, rate: float
) -> dict[str, Any]:
    sides = [Side(partial(send, count, connections, rate)) for send in (ours, floor)]
    for side in sides:
        await side.measure()
        await asyncio.sleep(size.settle)
    result = compare(*sides, messages=count)
    # Both sides receive at the same rate: what differs is how long each message takes.
    result["ratio"] = round(result["floor"]["p50_ms"] / result["p50_ms"], 3)
    say(f"{name}: {result}")
    return result


async def _run_and_settle(size: Size, round_: Awaitable[Round]) -> Round:
    measured = await round_
    await asyncio.sleep(size.settle)
    return measured


@asynccontextmanager
async def _ours(stack: Servers, sender: WebhookSender, readable: ReadableFrom, size: Size) -> AsyncIterator[Send]:
    """The whole service: cases of which the victim liaison office was asked, and its webhooks."""
    refs = new_refs(size.cases)
    address = stack.temporal.address
    async with cases(stack, "bench") as (target, _), webhook_endpoint(stack, address, "bench") as url:
        await run_cases(target, refs, life(StackClock().today())[:1], AT_ONCE)

        async def send(count: int, connections: int, rate: float) -> Round:
            bodies = [json.dumps({"case": ref, "event": "progress_recorded"}) for ref in refs]
            messages = tuple(WebhookMessage(new_id(), bodies[number % len(refs)]) for number in range(count))
            began = time.time()
            sent = await sender.send(Order(url, KEY, messages, connections, rate))
            arrived = await readable.wait_for([message.id for message in messages])
            latencies = tuple(there - answered for there, answered in zip(arrived, sent.answered, strict=True))
            return Round(latencies, max(arrived) - began)

        yield send
        await check_chains(stack.pool, refs)


@asynccontextmanager
async def _floor(stack: Servers, readable: ReadableFrom, size: Size) -> AsyncIterator[Send]:
    """Bare workflows, each signalled from here."""
    client = await Client.connect(stack.temporal.address)
    async with bare_case_worker(stack):
        handles = [
            await client.start_workflow(bare_case.WORKFLOW, id=f"bare-{number}", task_queue=bare_case.TASK_QUEUE)
            for number in range(size.cases)
        ]

        async def send(count: int, connections: int, rate: float) -> Round:
            ids, sent_at, numbers = [new_id() for _ in range(count)], [0.0] * count, iter(range(count))
            began = time.time()

            async def signal() -> None:
                for number in numbers:
                    if rate:
                        await asyncio.sleep(max(began + number / rate - time.time(), 0))
                    sent_at[number] = time.time()
                    await handles[number % len(handles)].signal("record", ids[number])

            await asyncio.gather(*(signal() for _ in range(connections)))
            arrived = await readable.wait_for(ids)
            return Round(tuple(there - at for there, at in zip(arrived, sent_at, strict=True)), max(arrived) - began)

        yield send
