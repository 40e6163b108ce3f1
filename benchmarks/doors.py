"""The doors that are measured, each a process of its own: the service's server, and the bare handler beside it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.directory import PostgresDirectory
from benchmarks import bare_door
from benchmarks.stack import Servers
from devstack.directory import new_keys
from devstack.processes import HOST, free_port
from devstack.services import ROOT
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
async def real_door(stack: Servers, temporal_address: str, task_queue: str = "doors") -> AsyncIterator[str]:
    """The service's own server, as operators start it; the address at which its agency's webhooks are taken."""
    agency = Agency(AGENCY, AgencyKind.VLO, "eastmoor", "Eastmoor Victim Liaison", signs_with=(KEY,))
    await PostgresDirectory(stack.pool).save(agency)
    port = free_port()
    settings = {
        "RJ_DATABASE_URL": stack.dsn,
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_TASK_QUEUE": task_queue,
        "RJ_PORT": str(port),
        "RJ_PUBLIC_URL": f"http://{HOST}:{port}",
    }
    # Without Temporal it is never ready, but takes webhooks all the same.
    url, path = f"http://{HOST}:{port}", "healthz" if temporal_address == NOWHERE else "readyz"
    async with stack.python(f"server-{port}", (str(ROOT / "server.py"),), settings, f"{url}/{path}"):
        yield f"{url}/webhooks/agencies/{AGENCY}"


@asynccontextmanager
async def floor_door(stack: Servers) -> AsyncIterator[str]:
    """The bare handler; the address at which it takes anything."""
    await stack.pool.execute(bare_door.TABLE)
    port = free_port()
    url = f"http://{HOST}:{port}/"
    async with stack.python(f"bare-{port}", ("-m", "benchmarks.bare_door", stack.dsn, str(port)), {}, url):
        yield url


@asynccontextmanager
async def bare_case_worker(stack: Servers) -> AsyncIterator[None]:
    """The worker of the bare workflow that writes."""
    async with stack.python("bare-case", ("-m", "benchmarks.bare_case", stack.temporal.address, stack.dsn), {}):
        yield
