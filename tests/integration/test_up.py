"""What `make up` promises: a stack that is stopped and started again on its folder goes on where it was."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import take_in
from adapters.temporal.client import connect
from devstack.directory import load_keys
from devstack.processes import free_port
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from queries.cases import CaseQueries
from settings import Settings
from tests.integration.conftest import going_well
from workflows.names import RECORD_EVENT

DAY = 3.0


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@asynccontextmanager
async def up(folder: Path, ports: Ports) -> AsyncIterator[tuple[Stack, asyncpg.Pool, Client]]:
    """The stack as `rj up` starts it, on days that pass."""
    async with embedded_stack(folder, ports=ports, day_seconds=DAY, ui=False, durable=True) as stack:
        settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"])
        async with await open_pool(stack.dsn) as pool:
            yield stack, pool, await connect(settings)


async def come_to(pool: asyncpg.Pool, ref: CaseRef, step: str) -> CaseSnapshot:
    """The case in the case file, once it is at `step`."""
    async with asyncio.timeout(40):
        while True:
            case = await CaseQueries(pool).get_case(ref)
            if case is not None and case.step == step:
                return case
            await asyncio.sleep(0.05)


async def screened(client: Client, ref: CaseRef) -> None:
    """A caseworker lets the request go on."""
    record = {"id": "screened", "event": "request_screened", "data": {"answer": "proceed"}}
    by = {"role": "caseworker", "id": "c.okafor"}
    await client.get_workflow_handle(ref).execute_update(RECORD_EVENT, {**record, "by": by})


async def owes(folder: Path, ref: CaseRef) -> None:
    """Wait until an agency has taken its ask, and owes the answer."""
    memory = folder / "agencies" / "memory.json"
    async with asyncio.timeout(20):
        while not memory.exists() or ref not in memory.read_text():  # noqa: ASYNC110 - written by another process
            await asyncio.sleep(0.05)


async def colleagues(stack: Stack, token: str) -> dict[str, dict[str, Any]]:
    """The register of staff as the server shows it to whoever has `token`."""
    async with httpx.AsyncClient(base_url=stack.api_url) as http:
        answer = await http.get("/api/v1/staff", headers={"authorization": f"Bearer {token}"})
    return {each["id"]: each for each in answer.json()["staff"]}


@pytest.mark.long
async def test_a_stack_that_is_started_again_goes_on_with_its_cases_and_with_what_is_owed(folder: Path) -> None:
    (row,), ports = (each.row for each in going_well(1)), Ports(*(free_port() for _ in range(8)))
    async with up(folder, ports) as (first, pool, client):
        ref = (await take_in(PostgresInbox(pool), "import:test", row, random.SystemRandom())).ref
        await come_to(pool, ref, "screening")
        await screened(client, ref)
        await owes(folder, ref)
        keys = load_keys(folder / "agencies.json")
        token = given(first.settings, "", ("supervisor",), ("eastmoor",))["access_token"]
        assert (await colleagues(first, token))["s.lindqvist"]["seen_at"] is not None

    async with up(folder, ports) as (second, pool, _):
        assert second == first, "the addresses and the origin of the clock are the same"
        assert load_keys(folder / "agencies.json") == keys
        assert (await colleagues(second, token))["c.okafor"]["email"] == "c.okafor@staff.example.org"
        case = await come_to(pool, ref, "agency_check")
        assert case.stage == "offender_traced", "the answer that was owed has moved it on"
