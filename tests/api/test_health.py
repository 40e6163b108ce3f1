"""What operations see: a process that lives, and what it needs and may be without for a while."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters.migrations import migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from api.app import create_app
from api.problems import MEDIA_TYPE, Code
from api_dependencies import create_dependencies
from devstack.embedded import postgres
from devstack.processes import free_port
from tests.api.sender import EVENT, PROBATION
from tests.connections import UNREACHABLE, dependencies_on, unreachable
from tests.serving import as_json, serve_app, sign_headers

Check = Callable[[], Awaitable[bool]]


async def up() -> bool:
    return True


async def away() -> bool:
    return False


async def hangs() -> bool:
    await asyncio.sleep(60)
    return True


async def ready(postgres_check: Check, temporal_check: Check) -> httpx.Response:
    checks = {"postgres": postgres_check, "temporal": temporal_check}
    needs = replace(create_dependencies(await unreachable(), UNREACHABLE), checks=checks)
    async with serve_app(create_app(needs)) as address, httpx.AsyncClient(base_url=address) as http:
        assert (await http.get("/healthz")).json() == {"status": "live"}
        return await http.get("/readyz")


async def test_ready_names_each_part_that_is_up() -> None:
    answer = await ready(up, up)

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "postgres": "up", "temporal": "up"}


@pytest.mark.parametrize(
    ("checks", "parts"),
    [
        ((away, up), ("unavailable", "up")),
        ((up, away), ("up", "unavailable")),
        ((away, away), ("unavailable", "unavailable")),
        ((up, hangs), ("up", "unavailable")),
    ],
)
async def test_not_ready_says_which_part_is_unavailable(checks: tuple[Check, Check], parts: tuple[str, str]) -> None:
    answer = await ready(*checks)

    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (503, MEDIA_TYPE)
    assert (problem["code"], problem["postgres"], problem["temporal"]) == (Code.NOT_READY, *parts)


async def test_before_the_database_was_found_a_message_is_asked_for_again() -> None:
    app = create_app(create_dependencies(await unreachable(), UNREACHABLE))
    async with serve_app(app) as address, httpx.AsyncClient(base_url=address) as http:
        answer = await http.post(
            f"/webhooks/agencies/{PROBATION.id}",
            content=as_json(EVENT),
            headers=sign_headers(PROBATION.their_keys[0], "m-1", as_json(EVENT)),
        )

    assert (answer.status_code, answer.json()["code"]) == (503, Code.DATABASE_UNAVAILABLE)
    assert answer.headers["retry-after"]


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    # For a superuser the cluster lies elsewhere, where nothing else would remove it.
    if (place := tmp_path / "postgres" / "cluster").is_symlink():
        shutil.rmtree(place.resolve())


@pytest.mark.postgres
async def test_a_database_that_stops_is_a_503_and_one_that_is_back_takes_the_message(data_dir: Path) -> None:
    port = free_port()
    body = as_json(EVENT)
    headers = sign_headers(PROBATION.their_keys[0], "m-1", body)
    async with postgres(data_dir, port=port) as dsn:
        migrate(dsn)
        pool = await open_pool(dsn)
        await PostgresDirectory(pool).save(PROBATION)
    app = create_app(await dependencies_on(pool))
    async with serve_app(app) as address, httpx.AsyncClient(base_url=address) as http:

        async def send() -> int:
            path = f"/webhooks/agencies/{PROBATION.id}"
            return (await http.post(path, content=body, headers=headers)).status_code

        assert await send() == 503
        assert (await http.get("/readyz")).json()["postgres"] == "unavailable"
        async with postgres(data_dir, port=port):
            assert await send() == 202
            status = await PostgresInbox(pool).get_status("agency:eastmoor-probation", "m-1")
            assert status is not None
            assert status.status == "received"
            await pool.close()
