"""A stack whose every part may be stopped or killed at any moment, somebody who does so, and senders who go on."""

import asyncio
import base64
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from standardwebhooks import Webhook

from adapters.migrations import migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from benchmarks.agency import Arrivals, agency
from benchmarks.webhook_sender import RefusedError
from devstack.embedded import attribute_types, postgres, temporal_server
from devstack.processes import HOST, free_port, keep_running
from devstack.services import ROOT, python_server
from domain.vocabulary import AgencyKind, CaseRef
from ports.agencies import Agency, ChannelName
from workflows.names import SEARCH_ATTRIBUTES

AREA = "eastmoor"
VLO, PROBATION, PRISON, REHUB = "eastmoor-vlo", "eastmoor-probation", "eastmoor-prison", "hmpps-rehub"
AGENCIES = {
    VLO: (AgencyKind.VLO, AREA),
    PROBATION: (AgencyKind.PROBATION, AREA),
    PRISON: (AgencyKind.PRISON, AREA),
    REHUB: (AgencyKind.HMPPS_REHUB, ""),
}
SECONDS_TO_ANSWER = 8.0


class Restartable:
    """A server that keeps its data and its address while it is stopped and started."""

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self._start = start
        self._running = AsyncExitStack()

    async def start(self) -> Any:
        """Start it, and wait until it answers; what it gives to who uses it."""
        return await self._running.enter_async_context(self._start())

    async def stop(self) -> None:
        """Stop it, if it runs."""
        await self._running.aclose()


@dataclass(frozen=True)
class Stack:
    """PostgreSQL, Temporal, two servers, a worker, and agencies that take whatever they are asked."""

    postgres: Restartable
    temporal: Restartable
    servers: tuple[str, ...]
    settings: Mapping[str, str]
    keys: Mapping[str, str]
    asked: Arrivals

    @property
    def dsn(self) -> str:
        return self.settings["RJ_DATABASE_URL"]


@asynccontextmanager
async def stack(folder: Path) -> AsyncIterator[Stack]:
    """Everything started, with its data in `folder`; our own processes are started again when they die."""
    postgres_port, temporal_port, ports = free_port(), free_port(), (free_port(), free_port())
    attributes = attribute_types(SEARCH_ATTRIBUTES)
    database = Restartable(lambda: postgres(folder / "postgres", port=postgres_port, durable=False))
    temporal = Restartable(
        lambda: temporal_server(folder / "temporal", ui=False, search_attributes=attributes, port=temporal_port)
    )
    keys = {name: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode() for name in AGENCIES}
    asked = Arrivals()
    async with AsyncExitStack() as running:
        for server in (database, temporal):
            running.push_async_callback(server.stop)
        dsn = await database.start()
        await asyncio.to_thread(migrate, dsn)
        await _enter_agencies(dsn, await running.enter_async_context(agency(asked)), keys)
        settings = {
            "RJ_DATABASE_URL": dsn,
            "RJ_TEMPORAL_ADDRESS": (await temporal.start()).address,
            "RJ_ALLOWED_NETWORKS": f"{HOST}/32",
        }
        for number, port in enumerate(ports):
            command, own = (str(ROOT / "server.py"),), settings | {"RJ_PORT": str(port)}
            web = python_server(f"server-{number}", command, folder, own, url=f"http://{HOST}:{port}/healthz")
            await running.enter_async_context(keep_running(web))
        worker = python_server("worker", (str(ROOT / "worker.py"),), folder, settings)
        await running.enter_async_context(keep_running(worker))
        yield Stack(database, temporal, tuple(f"http://{HOST}:{port}" for port in ports), settings, keys, asked)


async def _enter_agencies(dsn: str, url: str, keys: Mapping[str, str]) -> None:
    async with await open_pool(dsn) as pool:
        for name, (kind, area) in AGENCIES.items():
            key = (keys[name],)
            address = f"{url}/{name}"
            entry = Agency(name, kind, area, name, ChannelName.HTTP, address, signs_with=key, signed_with=key)
            await PostgresDirectory(pool).save(entry)


# ------------------------------------------------------------------------------------------------- trouble


@dataclass
class Trouble:
    """Whoever stops and kills, as `chance` will have it; `done` counts what was done."""

    stack: Stack
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def go_on(self) -> None:
        """Make trouble until `end`, then leave everything running."""
        await asyncio.gather(self._kill_over_and_over(), self._restart_over_and_over())

    def end(self) -> None:
        """Stop making trouble."""
        self._over.set()

    async def _kill_over_and_over(self) -> None:
        """Our own processes, with kill -9."""
        for program in _turns(self.chance, "server.py", "worker.py"):
            if await self._is_over_within(self.chance.uniform(2.0, 6.0)):
                return
            if running := processes_of(program):
                self.chance.choice(running).kill()
                self._did(f"{program} killed")

    async def _restart_over_and_over(self) -> None:
        servers = {"Temporal": self.stack.temporal, "PostgreSQL": self.stack.postgres}
        for name in _turns(self.chance, *servers):
            if await self._is_over_within(self.chance.uniform(4.0, 10.0)):
                return
            await servers[name].stop()
            await asyncio.sleep(self.chance.uniform(0.0, 4.0))
            await servers[name].start()
            self._did(f"{name} restarted")

    async def _is_over_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._over.wait()
        except TimeoutError:
            return False

    def _did(self, what: str) -> None:
        self.done[what] += 1


def _turns(chance: random.Random, *names: str) -> Iterator[str]:
    """Each of the names, then any of them, for ever."""
    yield from chance.sample(names, len(names))
    while True:
        yield chance.choice(names)


def processes_of(program: str) -> list[psutil.Process]:
    """The processes of ours that run `program`, not those that guard them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if any(part.endswith(program) for part in command) and "process_guard.py" not in " ".join(command):
            found.append(process)
    return found


# ------------------------------------------------------------------------------------------------- senders


@dataclass
class Message:
    """A message of an agency: what it says, when it was first sent, and when it was first answered 202."""

    agency: str
    id: str
    ref: CaseRef
    body: bytes
    sent_at: float = 0.0
    acknowledged_at: float = 0.0


@dataclass
class Senders:
    """Many that send at once; each sends again, after a pause that grows, what is not answered 202."""

    stack: Stack
    chance: random.Random
    tries: int = 0

    async def send(self, copies: Sequence[Message], at_once: int, pause: float) -> None:
        """Send all `copies` in their order, `at_once` side by side, each after a pause of about so many seconds."""
        left = iter(copies)
        limits = httpx.Limits(max_keepalive_connections=at_once)
        async with httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, limits=limits) as http:

            async def go_on() -> None:
                for message in left:
                    await asyncio.sleep(self.chance.expovariate(1 / pause))
                    await self._send(http, message)

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(go_on())

    async def _send(self, http: httpx.AsyncClient, message: Message) -> None:
        message.sent_at = message.sent_at or time.monotonic()
        pause = 0.1
        while not await self._is_taken(http, message):
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.0))
            pause = min(pause * 2, 1.0)
        message.acknowledged_at = message.acknowledged_at or time.monotonic()

    async def _is_taken(self, http: httpx.AsyncClient, message: Message) -> bool:
        """Whether one try is answered 202. Nothing but 503, or no answer, is a reason to try again."""
        self.tries += 1
        url = f"{self.chance.choice(self.stack.servers)}/webhooks/agencies/{message.agency}"
        headers = _signed(self.stack.keys[message.agency], message)
        try:
            answer = await http.post(url, content=message.body, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code not in (202, 503):
            raise RefusedError(f"{message.id} was answered {answer.status_code}: {answer.text}")
        return answer.status_code == 202


def _signed(key: str, message: Message) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(key).sign(message.id, now, message.body.decode()),
    }


def message(agency: str, ref: CaseRef, id: str, event: str, data: Mapping[str, Any]) -> Message:
    """What `agency` says of a case."""
    return Message(agency, id, ref, json.dumps({"case": ref, "event": event, "data": data}).encode())
