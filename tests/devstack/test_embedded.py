import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from devstack import postgres_cluster
from devstack.embedded import attribute_types, postgres, temporal_program, temporal_server
from devstack.processes import EmbeddedError, free_port

STAGE = SearchAttributeKey.for_keyword("CaseStage")

HOLDER = """
import asyncio, pathlib, sys
from devstack.embedded import postgres, temporal_server

async def main():
    folder = pathlib.Path(sys.argv[1])
    async with (
        postgres(folder / "postgres"),
        temporal_server(folder / "temporal", ui=False, search_attributes={}),
    ):
        (folder / "up").touch()
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    _remove_cluster(tmp_path / "postgres")


def _remove_cluster(data_dir: Path) -> None:
    """For a superuser it lies elsewhere, where nothing else would remove it."""
    if (place := data_dir / "cluster").is_symlink():
        shutil.rmtree(place.resolve())


@pytest.mark.postgres
async def test_postgres_keeps_its_data_and_its_address(data_dir: Path) -> None:
    port = free_port()
    async with postgres(data_dir, port=port) as first:
        await _execute(first, "create table kept as select 7 as value")

    async with postgres(data_dir, port=port) as second:
        connection = await asyncpg.connect(second)
        assert await connection.fetchval("select value from kept") == 7
        await connection.close()

    assert first == second
    assert f"@127.0.0.1:{port}/" in first


@pytest.mark.postgres
async def test_postgres_without_a_folder_leaves_nothing_behind() -> None:
    async with postgres(None) as dsn:
        connection = await asyncpg.connect(dsn)
        data = await connection.fetchval("show data_directory")
        assert await connection.fetchval("show server_version_num") >= "180000"
        await connection.close()

    assert not Path(data).exists()


@pytest.mark.postgres
async def test_postgres_lets_nobody_in_without_the_password(postgres_dsn: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_dsn, password="guessed")


@pytest.mark.postgres
async def test_postgres_that_cannot_start_says_why(data_dir: Path) -> None:
    async with postgres(data_dir):
        with pytest.raises(EmbeddedError, match=r"PostgreSQL did not start(.|\n)*lock file"):
            async with postgres(data_dir):
                pass


@pytest.mark.postgres
async def test_a_port_in_use_is_named_and_not_shared(data_dir: Path, tmp_path: Path) -> None:
    async with postgres(data_dir, port=(port := free_port())):
        with pytest.raises(EmbeddedError, match=f"port {port} .* in use"):
            async with temporal_server(tmp_path, ui=False, search_attributes={}, port=port):
                pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only a superuser's cluster lies elsewhere")
def test_data_that_has_gone_is_not_silently_made_again(tmp_path: Path) -> None:
    (tmp_path / "cluster").symlink_to(tmp_path / "gone")

    with pytest.raises(EmbeddedError, match="has gone from"):
        postgres_cluster.find_cluster(tmp_path)


@pytest.mark.temporal
async def test_temporal_has_the_version_the_design_was_measured_on() -> None:
    printed = subprocess.check_output([temporal_program(), "--version"], text=True)

    assert "Server 1.32.0" in printed


@pytest.mark.temporal
async def test_temporal_keeps_its_workflows_and_knows_search_attributes(tmp_path: Path) -> None:
    stage = TypedSearchAttributes([SearchAttributePair(STAGE, "requested")])
    async with temporal_server(tmp_path, ui=False, search_attributes={"CaseStage": "Keyword"}) as server:
        client = await Client.connect(server.address)
        await client.start_workflow("Any", id="kept", task_queue="none", search_attributes=stage)

    async with temporal_server(tmp_path, ui=False, search_attributes={"CaseStage": "Keyword"}) as server:
        client = await Client.connect(server.address)
        described = await client.get_workflow_handle("kept").describe()
        assert described.typed_search_attributes[STAGE] == "requested"


def test_types_of_search_attributes_are_written_as_temporal_does() -> None:
    keys: list[SearchAttributeKey[Any]] = [
        STAGE,
        SearchAttributeKey.for_keyword_list("CaseWaitingOn"),
        SearchAttributeKey.for_datetime("CaseDueAt"),
        SearchAttributeKey.for_bool("CaseOverdue"),
    ]

    assert list(attribute_types(keys).values()) == ["Keyword", "KeywordList", "Datetime", "Bool"]


@pytest.mark.temporal
async def test_temporal_shows_its_web_page_where_asked(tmp_path: Path) -> None:
    port, ui_port = free_port(), free_port()
    async with temporal_server(tmp_path, ui=True, search_attributes={}, port=port, ui_port=ui_port) as server:
        assert (server.address, server.ui_url) == (f"127.0.0.1:{port}", f"http://127.0.0.1:{ui_port}")
        async with httpx.AsyncClient(timeout=60) as browser:
            page = await browser.get(f"{server.ui_url}/")
        assert page.status_code == 200


@pytest.mark.temporal
async def test_temporal_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"Temporal did not start(.|\n)*Nonsense"):
        async with temporal_server(tmp_path, ui=False, search_attributes={"CaseStage": "Nonsense"}):
            pass


@pytest.mark.postgres
@pytest.mark.temporal
def test_the_servers_end_when_their_holder_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as holder:
        while not (tmp_path / "up").exists():
            assert holder.poll() is None
            time.sleep(0.05)
        servers = psutil.Process(holder.pid).children(recursive=True)
        names = {server.name() for server in servers}
        holder.send_signal(signal.SIGKILL)

    _gone, alive = psutil.wait_procs(servers, timeout=120)
    _remove_cluster(tmp_path / "postgres")
    assert {"postgres", "temporal"} <= names
    assert not alive


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()
