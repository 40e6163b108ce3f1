"""The endpoints that are measured, each a process of its own: the service's server, and the bare ones as floors."""

import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.postgres.directory import PostgresDirectory
from benchmarks import bare_endpoint
from benchmarks.stack import Servers
from devstack.directory import new_keys
from devstack.processes import HOST, free_port
from devstack.services import ROOT
from domain.vocabulary import AgencyKind
from ports.agencies import Agency

AGENCY = "eastmoor-vlo"
KEY = new_keys()[AGENCY].their_keys[0]
NO_TEMPORAL = f"{HOST}:1"
"""An address where no Temporal is: then nothing is delivered."""


def new_id() -> str:
    """A message's id, as senders make them."""
    return f"{random.getrandbits(128):032x}"


@asynccontextmanager
async def webhook_endpoint(stack: Servers, temporal_address: str, task_queue: str = "none") -> AsyncIterator[str]:
    """The service's own server, as operators start it; the address at which it receives its agency's webhooks."""
    agency = Agency(AGENCY, AgencyKind.VLO, "eastmoor", "Eastmoor Victim Liaison", their_keys=(KEY,))
    await PostgresDirectory(stack.pool).save(agency)
    port = free_port()
    url = f"http://{HOST}:{port}"
    settings = {
        "RJ_DATABASE_URL": stack.dsn,
        "RJ_TOKEN_KEY": secrets.token_hex(32),
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_TASK_QUEUE": task_queue,
        "RJ_PORT": str(port),
        "RJ_PUBLIC_URL": url,
    }
    # Without Temporal it is never ready, but receives webhooks all the same.
    path = "healthz" if temporal_address == NO_TEMPORAL else "readyz"
    async with stack.python(f"server-{port}", (str(ROOT / "server.py"),), settings, f"{url}/{path}"):
        yield f"{url}/webhooks/agencies/{AGENCY}"


@asynccontextmanager
async def floor_endpoint(stack: Servers) -> AsyncIterator[str]:
    """The bare handler; the address at which it receives anything."""
    await stack.pool.execute(bare_endpoint.TABLE)
    port = free_port()
    url = f"http://{HOST}:{port}/"
    async with stack.python(f"bare-{port}", ("-m", "benchmarks.bare_endpoint", stack.dsn, str(port)), {}, url):
        yield url


@asynccontextmanager
async def bare_case_worker(stack: Servers) -> AsyncIterator[None]:
    """The worker of the bare workflow that writes."""
    async with stack.python("bare-case", ("-m", "benchmarks.bare_case", stack.temporal.address, stack.dsn), {}):
        yield
