"""How many webhooks a second a server takes, and how fast, against a bare handler that does one insert."""

import json
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from math import ceil
from statistics import median
from typing import Any

from temporalio.client import Client

from adapters.temporal.client import SHARED
from benchmarks.casefile import LostError
from benchmarks.counting import Processor
from benchmarks.doors import KEY, NOWHERE, floor_door, new_id, real_door
from benchmarks.life import REQUEST
from benchmarks.load import new_refs
from benchmarks.sending import Message, Order, Sender, Sent, percentile, sender
from benchmarks.stack import Servers, servers
from domain.vocabulary import CaseRef
from workflows.names import CASE_WORKFLOW
from workflows.starting import CaseStart

DATA = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
CASES = 50
"""So many are open while it is measured beside the delivery."""
GOAL, GOAL_P99 = 0.8, 2.0
FEW = 2
"""A part of the connections, which does not keep a server busy: it is measured too."""
NOTE = "Please ring before Thursday: the officer in charge is away from then on."


@dataclass(frozen=True, slots=True)
class Size:
    """How much is run: many short rounds, since what else the machine does lasts longer than one of them.

    A connection waits for its answer: there are enough of them that the server is what limits the rate.
    """

    pairs: int = 25
    messages: int = 2000
    connections: int = 32
    warm_up: int = 500


@dataclass
class Side:
    """One of the two doors, with what was measured of it."""

    url: str
    rounds: list[Sent] = field(default_factory=list)
    processor: Processor = field(default_factory=Processor)

    @property
    def rate(self) -> float:
        """Messages a second: the median of the rounds."""
        return median(each.rate for each in self.rounds)

    def latencies(self) -> dict[str, float]:
        """Milliseconds below which half and 99 % of the answers came: the median of the rounds."""
        shares = {share: [percentile(each.latencies, share) for each in self.rounds] for share in (50, 99)}
        return {f"p{share}_ms": round(1000 * median(found), 2) for share, found in shares.items()}

    def costs(self) -> dict[str, Any]:
        """Microseconds of processor time for each message, by name of process."""
        messages = sum(len(each.answered) for each in self.rounds)
        used = {name: round(1e6 * seconds / messages) for name, seconds in sorted(self.processor.seconds.items())}
        return {"processor_us": {name: time for name, time in used.items() if time}}


async def webhook_accept(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where a 202 was given for what is not stored."""
    size = size or Size()
    async with servers() as stack, sender() as sending:
        result = await _compare(stack, sending, size, note="")
        third = replace(size, pairs=ceil(size.pairs / 3))
        few = await _compare(stack, sending, replace(third, connections=size.connections // FEW), note="")
        with_note = await _compare(stack, sending, third, note=NOTE)
        delivering = await _while_delivering(stack, sending, replace(size, pairs=ceil(size.pairs / 5)))
        apart = {"few_connections": few, "with_note": with_note, "while_delivering": delivering}
        met = result["ratio"] >= GOAL and result["p99_ratio"] <= GOAL_P99
        goals = {"goal_ratio": GOAL, "goal_p99_ratio": GOAL_P99, "met": met}
        return {"name": "webhook_accept", **result, **goals, **apart}


async def _compare(stack: Servers, sending: Sender, size: Size, *, note: str) -> dict[str, Any]:
    """The door without a Temporal, so that nothing is delivered beside, against the floor."""
    async with AsyncExitStack() as both:
        ours = Side(await both.enter_async_context(real_door(stack, NOWHERE)))
        floor = Side(await both.enter_async_context(floor_door(stack)))
        for side in (ours, floor):
            await sending.send(_order(side, size, size.warm_up, note))
        for number in range(1, size.pairs + 1):
            for side in (ours, floor):
                await _round(side, sending, size, note)
            _say(f"pair {number}: {ours.rounds[-1].rate:.0f}/s, floor {floor.rounds[-1].rate:.0f}/s")
        await _check(stack, "inbox", size)
        await _check(stack, "bare", size)
        return _result(ours, floor, size)


async def _while_delivering(stack: Servers, sending: Sender, size: Size) -> dict[str, Any]:
    """The door while the same process signals what it took to cases that are open, and have no worker."""
    client = await Client.connect(stack.temporal.address, plugins=[SHARED])
    refs = new_refs(CASES)
    for ref in refs:
        start = CaseStart(ref, REQUEST.record(f"{ref}-0"))
        await client.start_workflow(CASE_WORKFLOW, start, id=ref, task_queue="nobody")
    async with real_door(stack, stack.temporal.address, "nobody") as url:
        ours = Side(url)
        await sending.send(_order(ours, size, size.warm_up, "", refs))
        for _ in range(size.pairs):
            await _round(ours, sending, size, "", refs)
        delivered = await stack.pool.fetchval("select count(*) from inbox where delivered_at is not null")
    await _check(stack, "inbox", size)
    _say(f"while delivering: {ours.rate:.0f}/s, of which {delivered} were delivered meanwhile")
    return {"value": round(ours.rate), **ours.latencies(), "delivered_meanwhile": delivered, **ours.costs()}


async def _round(side: Side, sending: Sender, size: Size, note: str, refs: Sequence[CaseRef] = ()) -> None:
    order = _order(side, size, size.messages, note, refs)
    side.processor.begin()
    side.rounds.append(await sending.send(order))
    side.processor.end()


def _order(side: Side, size: Size, count: int, note: str, refs: Sequence[CaseRef] = ()) -> Order:
    """So many messages, each about a case of its own, or about one of `refs`."""
    about = [refs[number % len(refs)] for number in range(count)] if refs else new_refs(count)
    return Order(side.url, KEY, tuple(Message(new_id(), _body(ref, note)) for ref in about), size.connections)


def _body(ref: CaseRef, note: str) -> str:
    body = {"case": ref, "event": "trace_answered", "data": DATA}
    return json.dumps(body | {"note": note} if note else body)


async def _check(stack: Servers, table: str, size: Size) -> None:
    """Whether a table holds what was acknowledged; it is emptied for what comes next."""
    expected = size.warm_up + size.pairs * size.messages
    stored = await stack.pool.fetchval(f"select count(*) from {table}")  # noqa: S608 - `inbox` or `bare`
    if stored != expected:
        raise LostError(f"{expected} messages were answered 202, and {table} holds {stored}")
    await stack.pool.execute("drop table bare" if table == "bare" else "truncate inbox, inbox_decisions, vault.notes")


def _result(ours: Side, floor: Side, size: Size) -> dict[str, Any]:
    pairs = list(zip(ours.rounds, floor.rounds, strict=True))
    p99 = [percentile(mine.latencies, 99) / percentile(bare.latencies, 99) for mine, bare in pairs]
    ratios = [round(mine.rate / bare.rate, 3) for mine, bare in pairs]
    return {
        "value": round(ours.rate),
        "unit": "webhooks/s",
        "floor": round(floor.rate),
        "ratio": median(ratios),
        "ratios": ratios,
        "p99_ratio": round(median(p99), 3),
        **ours.latencies(),
        **ours.costs(),
        "floor_latencies": floor.latencies(),
        "floor_costs": floor.costs(),
        "messages": size.messages,
        "connections": size.connections,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
