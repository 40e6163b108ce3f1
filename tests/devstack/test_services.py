"""A part of the stack is there as long as the stack is, whatever happens to its processes."""

import asyncio
import os
import signal
from pathlib import Path

from devstack.processes import HOST, free_port
from devstack.services import Part, Place, kept_running

SCRIPT = """
import os, pathlib, socket, sys, time
starts = pathlib.Path(sys.argv[2])
starts.write_text(starts.read_text() + f"{os.getpid()} ")
if len(starts.read_text().split()) in (2, 3):
    sys.exit("not this time")
with socket.create_server((sys.argv[3], int(sys.argv[1]))):
    time.sleep(60)
"""


async def test_a_part_that_dies_is_started_until_it_is_there_again(tmp_path: Path) -> None:
    port, starts, script = free_port(), tmp_path / "starts", tmp_path / "part.py"
    starts.write_text("")
    script.write_text(SCRIPT)
    part = Part("part", (str(script), str(port), str(starts), HOST), ready_port=port)
    async with kept_running(part, Place(tmp_path, {})):
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
