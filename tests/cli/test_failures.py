"""What a user sees when something that `rj` needs is unavailable, or goes away: one line, never a traceback."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.cli.shell import ROOT, Shell

REF = "RJ-7Q2K-9F3M"
NOWHERE = {"RJ_SERVER": "http://127.0.0.1:1", "RJ_TOKEN": "none"}


@asynccontextmanager
async def silent_server(reached: Callable[[], None]) -> AsyncIterator[int]:
    """The port of a server that takes connections and says nothing."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_what_is_unavailable_is_named_in_one_line(dsn: str, empty_dsn: str) -> None:
    server, _, options = empty_dsn.rpartition("?")
    nameless = Shell({"RJ_DATABASE_URL": f"{server.rpartition('/')[0]}/nameless?{options}"})
    lines = await asyncio.gather(
        Shell(NOWHERE).get_error("list"),
        Shell({"RJ_DATABASE_URL": "postgresql://rj:hush@127.0.0.1:1/none"}).get_error("verify"),
        Shell({"RJ_DATABASE_URL": dsn, "RJ_TEMPORAL_ADDRESS": "127.0.0.1:1"}).get_error("verify"),
        Shell({"RJ_DATABASE_URL": empty_dsn}).get_error("staff", "add-first-admin", "o.haddad"),
        nameless.get_error("staff", "add-first-admin", "o.haddad"),
    )
    assert lines[0] == "rj: The service at http://127.0.0.1:1 does not answer: is it running?"
    assert lines[1] == "rj: The database at 127.0.0.1:1 does not answer: is it running?"
    assert lines[2] == "rj: Temporal at 127.0.0.1:1 does not answer: is it running?"
    assert lines[3] == "rj: Database schema is out of date: run rj migrate"
    assert lines[4].startswith("rj: Database login refused: ")


async def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    shell = Shell({"RJ_DATABASE_URL": "mysql://elsewhere"})
    lines = await asyncio.gather(shell.get_error("worker"), shell.get_error("serve"))
    assert set(lines) == {"rj: RJ_DATABASE_URL: must be a postgresql:// address"}
    assert "RJ_SERVER: must begin with https://" in await Shell({"RJ_SERVER": "http://casework.example"}).get_error(
        "list"
    )


@pytest.mark.parametrize("command", ["list", "verify"])
async def test_an_interrupt_ends_a_command_quietly(command: str) -> None:
    reached = asyncio.Event()
    async with silent_server(reached.set) as port:
        address = f"127.0.0.1:{port}"
        shell = Shell(
            {"RJ_SERVER": f"http://{address}", "RJ_TOKEN": "x", "RJ_DATABASE_URL": f"postgresql://rj@{address}/rj"}
        )
        running = await shell.start(command)
        await reached.wait()
        running.send_signal(signal.SIGINT)
        out, err = await running.communicate()
    assert (running.returncode, out, err) == (130, b"", b"")


@pytest.mark.parametrize("command", ["list", "verify"])
async def test_an_interrupt_at_any_moment_ends_a_command_quietly(command: str) -> None:
    """The errors that an interrupt causes on the way out, such as a broken connection, are not shown."""
    script = (
        "import os, signal, starter, sys, threading\n"
        "sys.argv = ['rj', sys.argv[1]]\n"
        "threading.Timer(float(os.environ['DELAY']), os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "starter.main()"
    )
    async with silent_server(lambda: None) as port:
        address = f"127.0.0.1:{port}"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RJ_SERVER": f"http://{address}",
            "RJ_TOKEN": "x",
            "RJ_DATABASE_URL": f"postgresql://rj@{address}/rj",
        }
        runs = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", script, command),
                env={**environment, "DELAY": str(delay)},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            for delay in (0.1, 0.2, 0.4, 0.8)
        ]
        ended = [(*await run.communicate(), run.returncode) for run in runs]
    assert ended == [(b"", b"", 130)] * len(runs)


async def test_an_interrupt_while_the_loop_is_made_ends_a_command_quietly() -> None:
    script = (
        "import asyncio, starter, sys\n"
        "def interrupted(loop, *_):\n"
        "    raise KeyboardInterrupt\n"
        "asyncio.SelectorEventLoop.__init__ = interrupted\n"
        "sys.argv = ['rj', 'verify']\n"
        "starter.main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RJ_DATABASE_URL": "postgresql://rj@127.0.0.1:1/rj"}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert (*await running.communicate(), running.returncode) == (b"", b"", 130)


async def test_an_interrupt_counts_whatever_error_it_causes() -> None:
    script = (
        "import asyncio, os, signal\n"
        "from cli.errors import fail, run_to_exit_code\n"
        "from cli.operator.connections import run\n"
        "async def command():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        await asyncio.sleep(60)\n"
        "    except asyncio.CancelledError:\n"
        "        fail('The database does not answer: is it running?')\n"
        "raise SystemExit(run_to_exit_code(lambda: run(command())))"
    )
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


async def test_a_reader_that_is_gone_ends_a_command_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = await asyncio.to_thread(_into, writing, "--help")
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


async def test_a_full_disk_is_not_the_service_s_fault() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    ended = await asyncio.to_thread(_into, full, "--help")
    os.close(full)
    assert (ended.returncode, ended.stderr) == (2, b"rj: No space left on device\n")


async def test_details_of_an_internal_error_are_logged_where_debugging_is_asked_for() -> None:
    script = (
        "from cli.errors import run_to_exit_code\n"
        "def broken():\n    raise KeyError('what failed')\n"
        "raise SystemExit(run_to_exit_code(broken))"
    )
    environment = {**os.environ, "RJ_LOG_LEVEL": "debug"}
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    logged, message = ended.stderr.splitlines()
    assert ended.returncode == 70
    assert "cli.unexpected" in logged
    assert "what failed" in logged
    assert message == "rj: this should not have happened: KeyError"


def _into(output: int, *args: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, str(ROOT / "starter.py"), *args]
    return subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=False)
