"""The doors that are measured, each a process of its own: the service's server, and the bare handler beside it."""

import os
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx

from adapters.postgres.directory import PostgresDirectory
from benchmarks import bare_door
from benchmarks.stack import ROOT, Stack
from devstack.directory import new_keys
from devstack.processes import HOST, free_port, running
from domain.vocabulary import AgencyKind
from ports.agencies import Agency

AGENCY = "eastmoor-vlo"
KEY = new_keys()[AGENCY].signs_with[0]
NOWHERE = f"{HOST}:1"
"""The address of a Temporal that is not there: then nothing is delivered."""


def new_id() -> str:
    """A message's id, as senders make them."""
    return f"{random.getrandbits(128):032x}"


@asynccontextmanager
async def real_door(stack: Stack, temporal_address: str, task_queue: str = "doors") -> AsyncIterator[str]:
    """The service's own server, as operators start it; the address at which its agency's webhooks are taken."""
    agency = Agency(AGENCY, AgencyKind.VLO, "eastmoor", "Eastmoor Victim Liaison", signs_with=(KEY,))
    await PostgresDirectory(stack.pool).put(agency)
    port = free_port()
    settings = {
        "RJ_DATABASE_URL": stack.dsn,
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_TASK_QUEUE": task_queue,
        "RJ_PORT": str(port),
        "RJ_PUBLIC_URL": f"http://{HOST}:{port}",
    }
    command = [sys.executable, str(ROOT / "server.py")]
    url = f"http://{HOST}:{port}"
    parts = ("postgres",) if temporal_address == NOWHERE else ("postgres", "temporal")
    async with _process(stack, f"server-{port}", command, settings, lambda: _are_up(f"{url}/readyz", parts)):
        yield f"{url}/webhooks/agencies/{AGENCY}"


@asynccontextmanager
async def floor_door(stack: Stack) -> AsyncIterator[str]:
    """The bare handler; the address at which it takes anything."""
    await stack.pool.execute(bare_door.TABLE)
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare_door", stack.dsn, str(port)]
    url = f"http://{HOST}:{port}/"
    async with _process(stack, f"bare-{port}", command, {}, lambda: _are_up(url, ())):
        yield url


@asynccontextmanager
async def bare_case_worker(stack: Stack) -> AsyncIterator[None]:
    """The worker of the bare workflow that writes."""
    command = [sys.executable, "-m", "benchmarks.bare_case", stack.temporal.address, stack.dsn]
    # Whether it works is seen by the first message: temporalio tells nobody when a worker polls.
    async with _process(stack, "bare-case", command, {}, _at_once):
        yield


@asynccontextmanager
async def _process(
    stack: Stack, name: str, command: list[str], settings: Mapping[str, str], ready: Callable[[], Awaitable[bool]]
) -> AsyncIterator[None]:
    folder = stack.folder / name
    folder.mkdir()
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    async with running(name, command, folder, stop="SIGTERM", user="", ready=ready, environment=environment):
        yield


async def _at_once() -> bool:
    return True


async def _are_up(url: str, parts: Sequence[str]) -> bool:
    """Whether `url` answers, and says that these parts are up."""
    async with httpx.AsyncClient(timeout=2) as client:
        try:
            answer = (await client.get(url)).json()
        except httpx.HTTPError:
            return False
        return all(answer[part] == "up" for part in parts)
