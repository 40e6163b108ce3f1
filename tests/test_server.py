"""The server as a process: it starts whatever is away, says so, goes on when that comes, and ends in good order."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

from devstack.embedded import TemporalServer
from devstack.processes import free_port
from tests.serving import NO_TLS
from tests.token_keys import TOKEN_KEY_TEXT

ROOT = Path(__file__).parent.parent


@dataclass
class ServerProcess:
    """A server and what it has written."""

    process: "subprocess.Popen[bytes]"
    url: str
    output: Path

    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.output.read_text().splitlines() if line.startswith("{")]

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            answer = await http.get(self.url + path)
        return answer.status_code, answer.json()

    async def until(self, path: str, status: int) -> dict[str, Any]:
        """Wait for this answer; its body."""
        async with asyncio.timeout(120):
            while True:
                assert self.process.poll() is None, self.output.read_text()
                try:
                    answered, body = await self.get(path)
                except httpx.TransportError:
                    answered, body = 0, {}
                if answered == status:
                    return body
                await asyncio.sleep(0.1)

    async def until_said(self, event: str) -> None:
        """Wait for this event in the log."""
        async with asyncio.timeout(120):
            while event not in self.events():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.1)

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 20)


def at(dsn: str, *, address: str = "", database: str = "") -> str:
    """The same address, with another host and port or another database."""
    parts = urlsplit(dsn)
    user, _, server = parts.netloc.rpartition("@")
    path = f"/{database}" if database else parts.path
    return urlunsplit(parts._replace(netloc=f"{user}@{address or server}", path=path))


def environment(dsn: str, temporal_address: str, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "RJ_DATABASE_URL": dsn,
        "RJ_TOKEN_KEY": TOKEN_KEY_TEXT,
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_PORT": str(port),
        "RJ_LOG_FORMAT": "json",
    }


@asynccontextmanager
async def start_server(folder: Path, dsn: str, temporal_address: str) -> AsyncIterator[ServerProcess]:
    port, output = free_port(), folder / "server.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "server.py")],
            env=environment(dsn, temporal_address, port),
            stdout=log,
            stderr=log,
        )
    try:
        yield ServerProcess(process, f"http://127.0.0.1:{port}", output)
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def pass_connections(port: int, address: str) -> AsyncIterator[None]:
    """Pass connections to `port` on to `address`: a server that comes late, at an address known before."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, there = address.rpartition(":")
        onward_reader, onward_writer = await asyncio.open_connection(host, int(there))
        await asyncio.gather(copy(reader, onward_writer), copy(onward_reader, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


@pytest.mark.postgres
@pytest.mark.temporal
async def test_it_serves_while_both_are_unavailable_and_goes_on_when_they_come(
    tmp_path: Path, dsn: str, temporal: TemporalServer
) -> None:
    postgres_port, temporal_port = free_port(), free_port()
    late_dsn = at(dsn, address=f"127.0.0.1:{postgres_port}")
    async with start_server(tmp_path, late_dsn, f"127.0.0.1:{temporal_port}") as running:
        assert await running.until("/healthz", 200) == {"status": "live"}
        neither = await running.until("/readyz", 503)
        async with pass_connections(postgres_port, urlsplit(dsn).netloc.rpartition("@")[2]):
            await running.until_said("temporal.waiting")
            await running.until_said("database.found")
            one = await running.until("/readyz", 503)
            async with pass_connections(temporal_port, temporal.address):
                both = await running.until("/readyz", 200)
                await running.until_said("delivery.started")
                code = await running.stop()

    assert (neither["postgres"], neither["temporal"]) == ("unavailable", "unavailable")
    assert (one["postgres"], one["temporal"]) == ("up", "unavailable")
    assert (both["postgres"], both["temporal"]) == ("up", "up")
    events = running.events()
    assert [event for event in dict.fromkeys(events) if event.split(".")[0] in ("server", "database", "delivery")] == [
        "server.started",
        "database.waiting",
        "database.found",
        "delivery.started",
        "server.stopped",
    ]
    assert code == 0


async def test_an_answer_on_a_connection_that_stays_open_does_not_wait_for_an_acknowledgement(tmp_path: Path) -> None:
    # Head and body of an answer are sent apart: where the second waits for the first, each takes some 40 ms.
    async with start_server(tmp_path, "postgresql://rj@127.0.0.1:1/rj", "127.0.0.1:1") as running:
        await running.until("/healthz", 200)
        times = []
        async with httpx.AsyncClient(base_url=running.url) as http:
            for _ in range(30):
                began = perf_counter()
                await http.get("/healthz")
                times.append(perf_counter() - began)
    assert median(times) < 0.03


async def test_it_ends_at_once_where_nothing_was_found_yet(tmp_path: Path) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    async with start_server(tmp_path, f"postgresql://rj@{nowhere}/rj", nowhere) as running:
        await running.until("/healthz", 200)

        code = await running.stop()

    assert code == 0
    assert "Traceback" not in running.output.read_text()


async def test_a_worker_that_still_waits_for_the_database_ends_when_it_is_told_to(tmp_path: Path) -> None:
    env = environment(f"postgresql://rj@127.0.0.1:{free_port()}/rj", f"127.0.0.1:{free_port()}", 0)
    with (tmp_path / "worker.log").open("wb") as output:
        process = subprocess.Popen([sys.executable, str(ROOT / "worker.py")], env=env, stdout=output, stderr=output)
    running = ServerProcess(process, "", tmp_path / "worker.log")
    await running.until_said("database.waiting")

    code = await running.stop()

    assert code == 0
    assert "Traceback" not in running.output.read_text()


def run_to_its_end(env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "server.py")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_an_address_that_is_taken_is_one_line_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_to_its_end(environment("postgresql://rj@127.0.0.1:1/rj", "127.0.0.1:1", port))

    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["event"]) == (2, "settings.invalid")
    assert line["error"].startswith(f"RJ_HOST, RJ_PORT: 127.0.0.1:{port} cannot be used: Address already in use")


def test_a_missing_setting_is_one_line_and_exit_code_2() -> None:
    done = run_to_its_end(dict(os.environ))

    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["error"]) == (2, "RJ_DATABASE_URL: is not set")


def test_no_server_starts_without_a_key_of_its_own() -> None:
    env = environment("postgresql://rj@127.0.0.1:1/rj", "127.0.0.1:1", free_port())
    del env["RJ_TOKEN_KEY"]

    done = run_to_its_end(env)

    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["event"]) == (2, "settings.invalid")
    assert line["error"] == "RJ_TOKEN_KEY or RJ_TOKEN_KEY_FILE must be set, and only one of them"


@pytest.mark.postgres
async def test_a_database_that_refuses_us_ends_it_with_a_line_that_says_why(tmp_path: Path, dsn: str) -> None:
    wrong = at(dsn, database="no_such_database")
    async with start_server(tmp_path, wrong, "127.0.0.1:1") as running:
        code = await asyncio.to_thread(running.process.wait, 30)

    failed = next(line for line in running.output.read_text().splitlines() if "server.failed" in line)
    assert code == 1
    assert "InvalidCatalogNameError" in failed
    assert "Traceback" not in running.output.read_text()
