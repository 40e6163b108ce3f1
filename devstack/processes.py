"""Servers as processes: started, waited for, and ended with whoever holds them."""

import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from devstack import process_guard

HOST = "127.0.0.1"
SECONDS_TO_START = 60


class EmbeddedError(Exception):
    """A server of the embedded stack did not start. The text says which and why, in one or a few lines."""


def free_port(wanted: int | None = None) -> int:
    """A port that nothing listens on at this moment: the wanted one, or any. Raises EmbeddedError."""
    with socket.socket() as probe:
        # As the servers do it, so that the last moments of an earlier connection do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError as error:
            raise EmbeddedError(f"port {wanted} of {HOST} cannot be used: {error.strerror}") from None
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def data_folder(data_dir: Path | None, name: str) -> Iterator[Path]:
    if data_dir is None:
        with tempfile.TemporaryDirectory(prefix=f"restorative-justice-{name}-") as temporary:
            yield Path(temporary)
    else:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield data_dir.absolute()


@asynccontextmanager
async def running(
    name: str,
    command: list[str],
    folder: Path,
    *,
    stop: str,
    user: str,
    ready: Callable[[], Awaitable[bool]],
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """Runs the command, and goes on once it is ready; what it prints goes to `server.log`.

    Gives the process that guards it, which ends when the command does.
    """
    output = folder / "server.log"
    guard = _guarded([stop, user, *command], output, environment)
    try:
        await _until_ready(name, guard, output, ready)
        yield guard
    finally:
        await asyncio.to_thread(guard.communicate)


def _guarded(arguments: list[str], output: Path, environment: Mapping[str, str] | None) -> "subprocess.Popen[bytes]":
    with output.open("ab") as log_file:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", process_guard.__file__, *arguments],
            stdin=subprocess.PIPE,
            stdout=log_file,
            stderr=log_file,
            env=environment,
            # A Ctrl-C is for us alone: we stop the servers when those who use them have finished.
            start_new_session=True,
        )


async def _until_ready(
    name: str, guard: "subprocess.Popen[bytes]", output: Path, ready: Callable[[], Awaitable[bool]]
) -> None:
    try:
        async with asyncio.timeout(SECONDS_TO_START):
            while guard.poll() is None:
                if await ready():
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pass
    raise EmbeddedError(f"{name} did not start; the end of {output} is:\n{_end_of(output)}")


def _end_of(output: Path) -> str:
    # Temporal writes lines of thousands of characters; what went wrong is at their beginning or said again.
    return "\n".join(line[:400] for line in output.read_text(errors="replace").splitlines()[-5:])
