"""How many webhooks a second a server accepts, and how fast, against a bare handler that does one insert."""

import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from math import ceil
from statistics import median
from typing import Any

from temporalio.client import Client

from adapters.temporal.client import SHARED
from benchmarks.case_checks import LostError
from benchmarks.endpoints import KEY, NO_TEMPORAL, floor_endpoint, new_id, webhook_endpoint
from benchmarks.harness import Round, Side, compare, percentile, run_pairs, say
from benchmarks.life import REQUEST
from benchmarks.load import new_refs
from benchmarks.stack import Servers, servers
from benchmarks.webhook_sender import Order, WebhookMessage, WebhookSender, webhook_sender
from domain.vocabulary import CaseRef
from workflows.names import CASE_WORKFLOW
from workflows.starting import CaseStart

BODY = {
    "event": "trace_answered",
    "data": {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"},
}
CASES = 50
"""How many cases are open while it is measured together with the delivery."""
GOAL_RATIO, GOAL_P99_RATIO = 0.8, 2.0
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


@dataclass(frozen=True)
class WebhookRounds:
    """Sends rounds of webhooks to `url`, about cases of their own, or about those of `refs`."""

    sender: WebhookSender
    url: str
    size: Size
    note: str = ""
    refs: Sequence[CaseRef] = ()

    async def run(self, count: int = 0) -> Round:
        """A round of `count` messages."""
        count = count or self.size.messages
        about = [self.refs[number % len(self.refs)] for number in range(count)] if self.refs else new_refs(count)
        more = {"note": self.note} if self.note else {}
        messages = tuple(WebhookMessage(new_id(), json.dumps({"case": ref, **BODY, **more})) for ref in about)
        return (await self.sender.send(Order(self.url, KEY, messages, self.size.connections))).as_round()


async def webhook_accept(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where a 202 was given for what is not stored."""
    size = size or Size()
    third = replace(size, pairs=ceil(size.pairs / 3))
    async with servers() as stack, webhook_sender() as sender:
        result = await _compare(stack, sender, size)
        met = result["ratio"] >= GOAL_RATIO and result["p99_ratio"] <= GOAL_P99_RATIO
        return {
            "name": "webhook_accept",
            **result,
            "goal_ratio": GOAL_RATIO,
            "goal_p99_ratio": GOAL_P99_RATIO,
            "met": met,
            "few_connections": await _compare(stack, sender, replace(third, connections=size.connections // 2)),
            "with_note": await _compare(stack, sender, third, NOTE),
            "while_delivering": await _while_delivering(stack, sender, replace(size, pairs=ceil(size.pairs / 5))),
        }


async def _compare(stack: Servers, sender: WebhookSender, size: Size, note: str = "") -> dict[str, Any]:
    """The endpoint without a Temporal, so that nothing is delivered meanwhile, against the floor."""
    async with AsyncExitStack() as both:
        urls = (
            await both.enter_async_context(webhook_endpoint(stack, NO_TEMPORAL)),
            await both.enter_async_context(floor_endpoint(stack)),
        )
        rounds = [WebhookRounds(sender, url, size, note) for url in urls]
        for one in rounds:
            await one.run(size.warm_up)
        ours, floor = (Side(one.run) for one in rounds)
        await run_pairs("webhook_accept", ours, floor, size.pairs)
        await _check(stack, "inbox", size)
        await _check(stack, "bare", size)
    p99 = [percentile(one.latencies, 99) / percentile(bare.latencies, 99) for one, bare in _pairs(ours, floor)]
    return compare(
        ours,
        floor,
        p99_ratio=round(median(p99), 3),
        processor_ms=ours.processor.each(ours.operations),
        floor_processor_ms=floor.processor.each(floor.operations),
        messages=size.messages,
        connections=size.connections,
    )


def _pairs(ours: Side, floor: Side) -> list[tuple[Round, Round]]:
    return list(zip(ours.rounds, floor.rounds, strict=True))


async def _while_delivering(stack: Servers, sender: WebhookSender, size: Size) -> dict[str, Any]:
    """The endpoint while the same process signals what it accepted to cases that are open, and have no worker."""
    client, refs = await Client.connect(stack.temporal.address, plugins=[SHARED]), new_refs(CASES)
    for ref in refs:
        start = CaseStart(ref, REQUEST.record(f"{ref}-0"))
        await client.start_workflow(CASE_WORKFLOW, start, id=ref, task_queue="nobody")
    async with webhook_endpoint(stack, stack.temporal.address, "nobody") as url:
        rounds = WebhookRounds(sender, url, size, refs=refs)
        await rounds.run(size.warm_up)
        ours = Side(rounds.run)
        for _ in range(size.pairs):
            await ours.measure()
        delivered = await stack.pool.fetchval("select count(*) from inbox where delivered_at is not null")
    await _check(stack, "inbox", size)
    result = compare(ours, None, delivered_meanwhile=delivered, processor_ms=ours.processor.each(ours.operations))
    say(f"while delivering: {result['rate']}/s, of which {delivered} were delivered meanwhile")
    return result


async def _check(stack: Servers, table: str, size: Size) -> None:
    """Raise LostError unless a table has what was acknowledged; it is emptied for what comes next."""
    expected = size.warm_up + size.pairs * size.messages
    stored = await stack.pool.fetchval(f"select count(*) from {table}")  # noqa: S608 - `inbox` or `bare`
    if stored != expected:
        raise LostError(f"{expected} messages were answered 202, and {table} has {stored}")
    await stack.pool.execute(
        "drop table bare" if table == "bare" else "truncate refused_messages, inbox, inbox_decisions, vault.notes"
    )
