"""A running service for the command line: real database, Temporal, worker, server and issuer; and people signed in."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.channels.factories import open_channels
from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from devstack.embedded import TemporalServer
from devstack.issuer import AUDIENCE, create_issuer, load_issuer
from devstack.processes import free_port
from server import serve
from settings import Settings
from tests.agencies import enter_agencies_asked_by_hand
from tests.cli.shell import Shell
from tests.serving import LOOPBACK, NO_TLS, serve_app
from tests.token_keys import TOKEN_KEY_SETTING
from worker import build_worker

PEOPLE = {"caseworker": "c.okafor", "supervisor": "s.lindqvist", "auditor": "a.moreau", "admin": "o.haddad"}


@dataclass(frozen=True)
class LocalIssuer:
    """The embedded stack's issuer at `url`, and the folder with its secret."""

    url: str
    folder: Path

    async def token(self, account: str, role: str, *areas: str) -> str:
        """An access token for somebody with this role, in these areas; without any, in all."""
        secret = (self.folder / "secret").read_text().strip()
        form = {"grant_type": "client_credentials", "client_id": account, "client_secret": secret}
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            answer = await http.post(f"{self.url}/token", data={**form, "roles": role, "areas": " ".join(areas or "*")})
        return str(answer.json()["access_token"])


@dataclass(frozen=True)
class RunningService:
    """A running service at `url`: an operator's shell, and those of people who are signed in for all areas."""

    url: str
    operator: Shell
    caseworker: Shell
    supervisor: Shell
    auditor: Shell
    admin: Shell


@pytest.fixture(scope="session")
async def issuer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalIssuer]:
    """The issuer that every service of these tests trusts."""
    folder, port = tmp_path_factory.mktemp("issuer"), free_port()
    server = load_issuer(folder, f"http://127.0.0.1:{port}")
    async with serve_app(create_issuer(server), port) as url:
        yield LocalIssuer(url, folder)


@pytest.fixture(scope="session")
async def tokens(issuer: LocalIssuer) -> dict[str, str]:
    """A token for somebody of each role."""
    return {role: await issuer.token(account, role) for role, account in PEOPLE.items()}


@asynccontextmanager
async def running_server(
    dsn: str, temporal_address: str, issuer: LocalIssuer, tokens: dict[str, str], **settings: Any
) -> AsyncIterator[RunningService]:
    """The server, in this process, on a free port."""
    port, stop = free_port(), asyncio.Event()
    chosen = Settings(
        token_key=TOKEN_KEY_SETTING,
        database_url=SecretStr(dsn),
        temporal_address=temporal_address,
        host="127.0.0.1",
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        local=True,
        allowed_networks=LOOPBACK,
        **settings,
    )
    serving = asyncio.create_task(serve(chosen, stop))
    async with httpx.AsyncClient() as http:
        while True:
            assert not serving.done(), serving.exception()
            try:
                await http.get(f"{chosen.public_url}/health/live")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    operator = {"RJ_DATABASE_URL": dsn, "RJ_TEMPORAL_ADDRESS": temporal_address, "RJ_TASK_QUEUE": chosen.task_queue}
    try:
        yield RunningService(
            chosen.public_url,
            Shell(operator),
            **{role: Shell({"RJ_SERVER": chosen.public_url, "RJ_TOKEN": token}) for role, token in tokens.items()},
        )
    finally:
        stop.set()
        await serving


@pytest.fixture(scope="session")
async def service_dsn(postgres_dsn: str, _template_dsn: str) -> str:
    """The address of one database for all tests of a running service: each has cases of its own."""
    name, template = f"rj_{uuid.uuid4().hex}", _template_dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(f"create database {name} template {template}")
    await connection.close()
    return _template_dsn.replace(f"/{template}?", f"/{name}?")


@pytest.fixture(scope="session")
async def pool(service_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """Connections to the database of the running service."""
    pool = await open_pool(service_dsn)
    yield pool
    pool.terminate()


@pytest.fixture(scope="session")
async def service(
    service_dsn: str, pool: asyncpg.Pool, temporal: TemporalServer, issuer: LocalIssuer, tokens: dict[str, str]
) -> AsyncIterator[RunningService]:
    """A service with Temporal and a worker, for all tests."""
    task_queue = f"rj-{uuid.uuid4().hex}"
    client = await Client.connect(temporal.address, plugins=[SHARED])
    await enter_agencies_asked_by_hand(pool, "avonside")
    async with (
        open_channels(
            Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr(service_dsn), allowed_networks=LOOPBACK), pool
        ) as channel,
        build_worker(client, pool, channel, task_queue),
        running_server(service_dsn, temporal.address, issuer, tokens, task_queue=task_queue) as service,
    ):
        yield service


@pytest.fixture
async def alone(dsn: str, issuer: LocalIssuer, tokens: dict[str, str]) -> AsyncIterator[RunningService]:
    """A service with a database of its own, and with no Temporal at the address that it is told."""
    async with running_server(dsn, "127.0.0.1:1", issuer, tokens) as service:
        yield service


@pytest.fixture
def caseworker(service: RunningService) -> Shell:
    """The shell of a caseworker of all areas."""
    return service.caseworker


@pytest.fixture
def supervisor(service: RunningService) -> Shell:
    """The shell of a supervisor of all areas."""
    return service.supervisor
