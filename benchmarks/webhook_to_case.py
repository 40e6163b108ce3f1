"""How long it takes from the 202 of a webhook until its event is in the case file, against a bare workflow's write."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
from temporalio.client import Client

from benchmarks import bare_case
from benchmarks.casefile import LostError
from benchmarks.doors import KEY, bare_case_worker, new_id, real_door
from benchmarks.life import life
from benchmarks.load import new_refs, run_round
from benchmarks.sending import Message, Order, Sender, percentile, sender
from benchmarks.stack import Servers, cases, servers
from domain.vocabulary import CaseRef
from queries.verify import ChainVerifier

SECONDS_TO_ARRIVE = 60.0
AT_ONCE = 30
"""So many cases are opened side by side."""

# A notification is sent when its transaction has been committed: from then on everybody can read what it wrote.
_TELL = """
create function tell_entered() returns trigger language plpgsql as $$
begin
    perform pg_notify('entered', case tg_table_name
        when 'entries' then split_part(to_jsonb(new) ->> 'id', '/', 2) else to_jsonb(new) ->> 'message' end);
    return null;
end
$$;
create trigger tell_entered after insert on entries for each row execute function tell_entered();
create trigger tell_entered after insert on bare_entries for each row execute function tell_entered();
"""


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


@dataclass
class Entered:
    """When each message could be read in the case file, in seconds since 1970."""

    at: dict[str, float] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, _connection: object, _pid: int, _channel: str, message: object) -> None:
        """A message has been written."""
        self.at.setdefault(str(message), time.time())
        self._news.set()

    async def all(self, ids: Sequence[str]) -> list[float]:
        """Wait for all of these; when each was there. Raises LostError."""
        left = set(ids)
        try:
            async with asyncio.timeout(SECONDS_TO_ARRIVE):
                while left := left - self.at.keys():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise LostError(f"{len(left)} of {len(ids)} messages did not arrive") from None
        return [self.at[id] for id in ids]


@dataclass(frozen=True, slots=True)
class Taken:
    """How long each message took, in seconds, and the rate at which all of them did."""

    seconds: tuple[float, ...]
    rate: float

    def shown(self) -> dict[str, float]:
        """As it is printed, in milliseconds."""
        p50, p99 = (round(1000 * percentile(self.seconds, share), 1) for share in (50, 99))
        return {"p50_ms": p50, "p99_ms": p99, "messages": len(self.seconds), "rate": round(self.rate, 1)}


Send = Callable[[int, int, float], Awaitable[Taken]]
"""Sends so many messages over so many connections at a rate (0: as fast as it goes), and says how long they took."""


async def webhook_to_case(size: Size | None = None) -> dict[str, Any]:
    """Run it; the result as it is printed. Raises LostError where a message did not arrive, or a chain is broken."""
    size = size or Size()
    async with servers() as stack, sender() as sending:
        await stack.pool.execute(bare_case.TABLE)
        await stack.pool.execute(_TELL)
        async with _listening(stack.pool) as entered, AsyncExitStack() as both:
            ours = await both.enter_async_context(_ours(stack, sending, entered, size))
            floor = await both.enter_async_context(_floor(stack, entered, size))
            return await _compare(ours, floor, size)


@asynccontextmanager
async def _listening(pool: asyncpg.Pool) -> AsyncIterator[Entered]:
    entered = Entered()
    async with pool.acquire() as connection:
        await connection.add_listener("entered", entered.heard)
        yield entered
        await connection.remove_listener("entered", entered.heard)


@asynccontextmanager
async def _ours(stack: Servers, sending: Sender, entered: Entered, size: Size) -> AsyncIterator[Send]:
    """The whole service: cases of which the victim liaison office was asked, and its webhooks."""
    refs = new_refs(size.cases)
    async with cases(stack, "bench") as (target, _), real_door(stack, stack.temporal.address, "bench") as url:
        await run_round(target, refs, life(datetime.now(UTC).date())[:1], AT_ONCE)

        async def send(count: int, connections: int, rate: float) -> Taken:
            messages = tuple(_progress(refs[number % len(refs)]) for number in range(count))
            began = time.time()
            sent = await sending.send(Order(url, KEY, messages, connections, rate))
            arrived = await entered.all([each.id for each in messages])
            seconds = tuple(there - answered for there, answered in zip(arrived, sent.answered, strict=True))
            return Taken(seconds, count / (max(arrived) - began))

        yield send
        for ref in refs:
            for fault in await ChainVerifier(stack.pool).verify_chain(ref):
                raise LostError(str(fault))


def _progress(ref: CaseRef) -> Message:
    return Message(new_id(), json.dumps({"case": ref, "event": "progress_recorded"}))


@asynccontextmanager
async def _floor(stack: Servers, entered: Entered, size: Size) -> AsyncIterator[Send]:
    """Bare workflows, each signalled from here."""
    client = await Client.connect(stack.temporal.address)
    async with bare_case_worker(stack):
        names = [f"bare-{number}" for number in range(size.cases)]
        handles = [
            await client.start_workflow(bare_case.WORKFLOW, id=name, task_queue=bare_case.TASK_QUEUE) for name in names
        ]

        async def send(count: int, connections: int, rate: float) -> Taken:
            ids, sent_at, turns = [new_id() for _ in range(count)], [0.0] * count, iter(range(count))
            began = time.time()

            async def go_on() -> None:
                for turn in turns:
                    if rate:
                        await asyncio.sleep(max(began + turn / rate - time.time(), 0))
                    sent_at[turn] = time.time()
                    await handles[turn % len(handles)].signal("record", ids[turn])

            await asyncio.gather(*(go_on() for _ in range(connections)))
            arrived = await entered.all(ids)
            seconds = tuple(there - sent for there, sent in zip(arrived, sent_at, strict=True))
            return Taken(seconds, count / (max(arrived) - began))

        yield send


async def _compare(ours: Send, floor: Send, size: Size) -> dict[str, Any]:
    async def settled(taken: Awaitable[Taken]) -> Taken:
        measured = await taken
        await asyncio.sleep(size.settle)
        return measured

    for side in (ours, floor):
        await settled(side(size.warm_up, size.connections, 0))
    idle, floor_idle = [await settled(side(size.idle, 1, size.idle_rate)) for side in (ours, floor)]
    _say(f"idle: {idle.shown()}, floor {floor_idle.shown()}")
    burst = await settled(ours(size.cases, size.connections, 0))
    _say(f"burst: {burst.shown()}")
    half = burst.rate / 2
    count = max(round(half * size.seconds), 2)
    loaded, floor_loaded = [await settled(side(count, size.connections, half)) for side in (ours, floor)]
    _say(f"at half of that: {loaded.shown()}, floor {floor_loaded.shown()}")
    value, bare = idle.shown()["p50_ms"], floor_idle.shown()["p50_ms"]
    return {
        "name": "webhook_to_case",
        "value": value,
        "unit": "ms",
        "floor": bare,
        "ratio": round(value / bare, 2),
        "idle": idle.shown(),
        "half_load": loaded.shown(),
        "floor_idle": floor_idle.shown(),
        "floor_half_load": floor_loaded.shown(),
        "most_per_second": round(burst.rate, 1),
        "cases": size.cases,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
