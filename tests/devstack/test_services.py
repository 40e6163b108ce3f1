"""A server of the stack runs as long as the stack does, whatever happens to its processes."""

import asyncio
import os
import signal
from pathlib import Path

from devstack.processes import HOST, free_port, keep_running
from devstack.services import python_server

SCRIPT = """
import os, pathlib, socket, sys, time
starts = pathlib.Path(sys.argv[2])
starts.write_text(starts.read_text() + f"{os.getpid()} ")
if len(starts.read_text().split()) in (2, 3):
    sys.exit("not this time")
with socket.create_server((sys.argv[3], int(sys.argv[1]))):
    time.sleep(60)
"""


async def test_a_server_that_dies_is_restarted_until_it_runs_again_and_the_user_is_told(tmp_path: Path) -> None:
    port, starts, script = free_port(), tmp_path / "starts", tmp_path / "part.py"
    starts.write_text("")
    script.write_text(SCRIPT)
    server = python_server("part", (str(script), str(port), str(starts), HOST), tmp_path, {}, port=port)
    reported: list[str] = []
    async with keep_running(server, reported.append):
        (first,) = starts.read_text().split()
        os.kill(int(first), signal.SIGKILL)
        async with asyncio.timeout(20):
            while len(starts.read_text().split()) < 4:  # noqa: ASYNC110 - written by another process
                await asyncio.sleep(0.05)
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                except ConnectionError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        while len(reported) < 2:  # noqa: ASYNC110 - the server is ready a moment before it is reported
            await asyncio.sleep(0.05)
    assert "The part ended unexpectedly" in reported[0]
    assert reported[-1] == "The part runs again."
