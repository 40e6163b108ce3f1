"""What `make up` promises: a stack that is stopped and started again on its folder goes on where it was."""

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
from adapters.requests.intake import store_request
from adapters.temporal.client import connect
from devstack.directory import load_keys
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from queries.cases import CaseQueries
from settings import Settings
from tests.integration.conftest import short_days, successful_samples
from tests.token_keys import TOKEN_KEY
from tests.waiting import eventually, until
from workflows.names import RECORD_EVENT


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as folder:
        yield folder


@asynccontextmanager
async def up(folder: Path, ports: Ports) -> AsyncIterator[tuple[Stack, asyncpg.Pool, Client]]:
    """The stack as `rj up` starts it, on days that pass."""
    async with embedded_stack(folder, ports=ports, clock=short_days(), ui=False, durable=True) as stack:
        settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"])
        async with await open_pool(stack.dsn) as pool:
            yield stack, pool, await connect(settings)


async def wait_for_step(pool: asyncpg.Pool, ref: CaseRef, step: str) -> CaseSnapshot:
    """The case in the case file, once it is at `step`."""

    async def at_step() -> CaseSnapshot | None:
        case = await CaseQueries(pool).get_case(ref)
        return case if case is not None and case.step == step else None

    return await eventually(at_step)


async def screen(client: Client, ref: CaseRef) -> None:
    """A caseworker lets the request go on."""
    record = {"id": "screened", "event": "request_screened", "data": {"answer": "proceed"}}
    by = {"role": "caseworker", "id": "c.okafor"}
    await client.get_workflow_handle(ref).execute_update(RECORD_EVENT, {**record, "by": by})


async def wait_for_pending_reply(folder: Path, ref: CaseRef) -> None:
    """Wait until an agency has received its ask, and will reply."""
    state = folder / "agencies" / "state.json"
    await until(lambda: state.exists() and ref in state.read_text())


async def token_of(stack: Stack, account: str) -> str:
    """A token of one of the invented people."""
    form = {"grant_type": "client_credentials", "client_id": account, "client_secret": stack.issuer_secret}
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{stack.issuer_url}/token", data=form)
    return str(answer.json()["access_token"])


async def staff_register(stack: Stack, token: str) -> dict[str, dict[str, Any]]:
    """The register of staff as the server shows it to the bearer of `token`."""
    async with httpx.AsyncClient(base_url=stack.api_url) as http:
        answer = await http.get("/api/v1/staff", headers={"authorization": f"Bearer {token}"})
    return {member["id"]: member for member in answer.json()["staff"]}


@pytest.mark.long
async def test_a_stack_that_is_started_again_goes_on_with_its_cases_and_pending_replies(folder: Path) -> None:
    (sample,), ports = successful_samples(1), Ports().all_free()
    async with up(folder, ports) as (first, pool, client):
        ref = (
            await store_request(PostgresInbox(pool), TOKEN_KEY, "import:test", sample.row, random.SystemRandom())
        ).ref
        await wait_for_step(pool, ref, "screening")
        await screen(client, ref)
        await wait_for_pending_reply(folder, ref)
        keys = load_keys(folder / "agencies.json")
        token = await token_of(first, "s.lindqvist")
        assert (await staff_register(first, token))["s.lindqvist"]["seen_at"] is not None

    async with up(folder, ports) as (second, pool, _):
        assert second == first, "the addresses and the origin of the clock are the same"
        assert load_keys(folder / "agencies.json") == keys
        assert (await staff_register(second, token))["c.okafor"]["email"] == "c.okafor@staff.example.org"
        case = await wait_for_step(pool, ref, "agency_check")
        assert case.stage == "offender_traced", "the reply that was pending came"
