"""Servers as processes: started, waited for, restarted when they die, and ended with their holder."""

import asyncio
import random
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from devstack import process_guard

log = structlog.get_logger("devstack.processes")

HOST = "127.0.0.1"
START_TIMEOUT = 120
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 30.0
"""Seconds before a server that died is restarted."""
FREE_PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections, so that none of these takes a port before its server does."""


class EmbeddedError(Exception):
    """The embedded stack cannot run. The text says why, and what to do."""


def free_port(wanted: int | None = None) -> int:
    """A port that nothing listens on: the wanted one, or any. Raises EmbeddedError."""
    if wanted is None:
        candidates = iter(lambda: random.SystemRandom().choice(FREE_PORTS), None)
        return next(port for port in candidates if _why_not(port) is None)
    if (reason := _why_not(wanted)) is not None:
        raise EmbeddedError(f"port {wanted} of {HOST} cannot be used: {reason}")
    return wanted


def _why_not(port: int) -> str | None:
    with socket.socket() as probe:
        # As the servers do it, so that the last moments of an earlier connection do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return str(error.strerror)
        return None


@contextmanager
def data_folder(folder: Path | None, name: str) -> Iterator[Path]:
    """`folder`, made where it is missing, or a temporary one for None."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix=f"restorative-justice-{name}-") as temporary:
            yield Path(temporary)
    else:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield folder.absolute()


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves: its command, how it is asked to end, and how one knows that it is ready.

    What it prints goes to `log_file`. `user`: the system user to run as; empty for the present one.
    """

    name: str
    command: Sequence[str]
    log_file: Path
    is_ready: Callable[[], Awaitable[bool]]
    stop_signal: str = "SIGTERM"
    user: str = ""
    environment: Mapping[str, str] | None = None


Report = Callable[[str], None]
"""Takes a sentence for the user about a server that died."""


def log_report(sentence: str) -> None:
    """Report to the log."""
    log.warning("server.restarted", detail=sentence)


@asynccontextmanager
async def run_server(server: Server) -> AsyncIterator[Process]:
    """Run the server, ready when this is entered; its process ends when the server does. Raises EmbeddedError."""
    with server.log_file.open("ab") as log_file:
        guard = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", process_guard.__file__),
            *(server.stop_signal, server.user, *server.command),
            stdin=PIPE,
            stdout=log_file,
            stderr=log_file,
            env=server.environment,
            # A Ctrl-C is for the holder alone, which stops the servers when those who use them have finished.
            start_new_session=True,
        )
    try:
        is_ready = False
        with suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT):
                while guard.returncode is None and not is_ready:
                    is_ready = await server.is_ready()
                    if not is_ready:
                        await asyncio.sleep(0.02)
        if not is_ready:
            # Temporal writes lines of thousands of characters; what went wrong is at their beginning or repeated.
            end = [line[:400] for line in server.log_file.read_text(errors="replace").splitlines()[-5:]]
            raise EmbeddedError("\n".join([f"{server.name} did not start; the end of {server.log_file} is:", *end]))
        yield guard
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        with suppress(ConnectionError):
            await guard.stdin.wait_closed()
        await guard.wait()


@asynccontextmanager
async def keep_running(server: Server, report: Report = log_report) -> AsyncIterator[None]:
    """Keep the server running, ready when this is entered: it is restarted whenever it dies. Raises EmbeddedError."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    keeper = asyncio.create_task(_restart_forever(server, report, ready))
    try:
        await asyncio.wait({keeper, ready}, return_when=asyncio.FIRST_COMPLETED)
        if keeper.done():
            await keeper
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError, EmbeddedError):
            await keeper


async def _restart_forever(server: Server, report: Report, ready: "asyncio.Future[None]") -> None:
    backoff = FIRST_BACKOFF
    while True:
        began = time.monotonic()
        try:
            async with run_server(server) as process:
                if ready.done():
                    report(f"{server.name} runs again.")
                else:
                    ready.set_result(None)
                await process.wait()
        except EmbeddedError:
            if not ready.done():
                raise
        else:
            report(f"{server.name} ended unexpectedly and is being restarted; its log is {server.log_file}.")
        # One that dies at once each time is tried at a growing distance.
        backoff = FIRST_BACKOFF if time.monotonic() - began > LONGEST_BACKOFF else min(backoff * 2, LONGEST_BACKOFF)
        await asyncio.sleep(backoff)


def listens(port: int) -> bool:
    """Whether a server listens on `port`."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
