"""At 80 columns every list shows its references, dates and accounts whole, on a terminal as well."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios

import asyncpg
import pytest

from tests.cli.casework import add_colleagues, in_a_month, open_case
from tests.cli.conftest import RunningService
from tests.cli.shell import ROOT

WHOLE = re.compile(r"RJ-[0-9A-Z]{4}-[0-9A-Z]{4}|\d{4}-\d\d-\d\d|\b[a-z]\.[a-z]+\b")
LISTS = (
    ("list",),
    ("list", "--closed"),
    ("due", "--until", in_a_month()),
    ("stuck",),
    ("tasks",),
    ("inbox",),
    ("cover", "list"),
    ("board",),
    ("report", "durations"),
    ("report", "outcomes"),
    ("report", "agencies"),
    ("agency", "list"),
    ("staff", "list"),
    ("show", "REF"),
    ("messages", "REF"),
    ("duplicates", "REF"),
    ("notes", "REF"),
    ("allowed-events", "REF"),
)


@pytest.fixture(scope="module")
async def ref(service: RunningService, pool: asyncpg.Pool) -> str:
    """A case with everything that a list can show of it."""
    refs = [await open_case(pool) for _ in range(3)]
    await add_colleagues(pool, "n.arrow", "w.ide")
    supervisor = service.supervisor
    await supervisor.rj("reassign", *refs, "--to", "n.arrow")
    await supervisor.rj("record", refs[0], "request_screened", "--answer", "proceed", "--note-from", "-", typed="Note.")
    await supervisor.rj("hold", refs[1], "--reason", "venue_or_prison_pending")
    await supervisor.rj("withdraw", refs[2], "--whose", "victim")
    await supervisor.rj("cover", "start", "n.arrow", "w.ide")
    return refs[0]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
async def test_a_list_cuts_nothing_at_80_columns(service: RunningService, ref: str, command: tuple[str, ...]) -> None:
    shell = service.admin if command[0] == "staff" else service.supervisor
    words = [ref if word == "REF" else word for word in command]
    wide, narrow = await asyncio.gather(shell.rj(*words), shell.with_settings(COLUMNS="80").rj(*words))
    assert (wide.code, narrow.code) == (0, 0), (wide, narrow)
    assert sorted(WHOLE.findall(narrow.out)) == sorted(WHOLE.findall(wide.out))
    assert "…" not in narrow.out.replace("--answer …", "")
    for line in narrow.out.splitlines():
        assert len(line) <= 80 or line.lstrip().startswith("rj ") or len(line.split()) == 1, line


async def test_a_terminal_of_80_columns_shows_references_whole(service: RunningService, ref: str) -> None:
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "starter.py"), "list", "--assigned-to", "w.ide"),
        env=os.environ | dict(service.supervisor.environment),
        stdout=end,
        stderr=end,
    )
    assert await running.wait() == 0
    os.close(end)
    lines = os.read(terminal, 100_000).decode().splitlines()
    os.close(terminal)
    assert ref in {line.split(" ")[0] for line in lines}
    assert max(map(len, lines)) <= 80
