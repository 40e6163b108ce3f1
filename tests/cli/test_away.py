"""What a user sees when something that `rj` needs is away, refuses, or goes away: one line, never a traceback."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace

from tests.cli.shell import ROOT, Shell

REF = "RJ-7Q2K-9F3M"


async def test_what_is_away_is_named_in_one_line(alone: Shell, empty_dsn: str) -> None:
    nowhere = Shell({**alone.environment, "RJ_DATABASE_URL": "postgresql://rj:hush@127.0.0.1:1/none"})
    unprepared = Shell({"RJ_DATABASE_URL": empty_dsn})
    server, _, options = empty_dsn.rpartition("?")
    nameless = Shell({"RJ_DATABASE_URL": f"{server.rpartition('/')[0]}/nameless?{options}"})
    lines = await asyncio.gather(
        nowhere.refused("list"),
        alone.refused("move", REF, "resumed"),
        unprepared.refused("stuck"),
        nameless.refused("list", "--json"),
    )
    assert lines[0] == "rj: the database at 127.0.0.1:1 does not answer: is it running?"
    assert lines[1] == "rj: Temporal at 127.0.0.1:1 does not answer: is it running?"
    assert lines[2] == "rj: the database has not the schema of this version: run the migrations first"
    assert lines[3].startswith("rj: the database does not let us in: ")


async def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    shell = Shell({"RJ_DATABASE_URL": "mysql://elsewhere"})
    lines = await asyncio.gather(shell.refused("worker"), shell.refused("serve"))
    assert set(lines) == {"rj: RJ_DATABASE_URL: must be a postgresql:// address"}


async def test_an_interrupt_ends_a_command_quietly() -> None:
    reached = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    running = await Shell({"RJ_DATABASE_URL": f"postgresql://rj@127.0.0.1:{port}/rj"}).start("list")
    await reached.wait()
    running.send_signal(signal.SIGINT)
    out, err = await running.communicate()
    silent.close()
    assert (running.returncode, out, err) == (130, b"", b"")


async def test_a_reader_that_has_gone_ends_a_command_quietly(alone: Shell) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = await asyncio.to_thread(_into, writing, alone, "list")
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


async def test_a_full_disk_is_not_the_database_s_fault(alone: Shell) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    ended = await asyncio.to_thread(_into, full, alone, "list")
    os.close(full)
    assert (ended.returncode, ended.stderr) == (2, b"rj: No space left on device\n")


async def test_details_of_a_fault_are_in_the_log_where_debugging_is_asked_for() -> None:
    script = (
        "from cli.errors import run_to_exit_code\n"
        "def broken():\n    raise KeyError('what failed')\n"
        "raise SystemExit(run_to_exit_code(broken))"
    )
    environment = {**os.environ, "RJ_LOG_LEVEL": "debug"}
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    logged, told = ended.stderr.splitlines()
    assert ended.returncode == 70
    assert "cli.unexpected" in logged
    assert "what failed" in logged
    assert told == "rj: this should not have happened: KeyError"


def _into(output: int, shell: Shell, *args: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, str(ROOT / "starter.py"), *args]
    environment = {**os.environ, **replace(shell).environment}
    return subprocess.run(command, env=environment, stdout=output, stderr=subprocess.PIPE, check=False)
