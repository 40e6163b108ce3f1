"""What the guides promise: the days in docs/casework.md, supervising.md and api.md can be pasted next to `make up`."""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import TypeAdapter

from adapters.postgres.board import PostgresBoard
from adapters.postgres.pool import open_pool
from devstack.services import ROOT
from devstack.stack import STACK_PORTS, Ports, Stack, embedded_stack, temporary_folder
from domain.case import Case, active_waits
from domain.vocabulary import Flag, Form, Step
from queries.stuck import StuckCase, StuckQueries
from queries.stuck_kinds import StuckKind
from queries.stuck_ranking import StuckFilter
from tests.integration.conftest import short_days
from tests.waiting import eventually
from workflows.clock import REAL_TIME, CaseClock

pytestmark = pytest.mark.long

AREA = ("eastmoor",)
_CASE = TypeAdapter(Case)
REFS = re.compile(r"^(RJ-[0-9A-Z]{4}-[0-9A-Z]{4}): done, version \d+$", re.MULTILINE)


def blocks(document: str, heading: str) -> list[str]:
    """The blocks of a section that are to be pasted into a shell."""
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```", section, re.DOTALL)


DIFFICULT, DECISIONS = (blocks(document, "A difficult day") for document in ("casework.md", "supervising.md"))
BY_COMMAND, OVER_HTTP = blocks("casework.md", "A supervisor's Monday"), blocks("api.md", "A supervisor's day")


@dataclass(frozen=True)
class Terminal:
    """A terminal in a checkout, next to a stack that is up, whose days are short."""

    stack: Stack
    pool: asyncpg.Pool
    folder: Path

    async def paste(self, *pasted: str) -> str:
        """What is printed, where all goes well."""
        script = "\n".join(pasted).replace(f"http://127.0.0.1:{STACK_PORTS.api}", self.stack.api_url)
        shell = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", script),
            cwd=self.folder,
            env={
                **os.environ,
                **self.stack.settings,
                "RJ_SERVER": self.stack.api_url,
                "XDG_STATE_HOME": str(self.folder),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await shell.communicate()
        assert (shell.returncode, err) == (0, b""), (out.decode(), err.decode())
        return out.decode()

    async def stuck(self) -> dict[str, StuckCase]:
        """What is stuck in the area now."""
        today = self.stack.clock.today()
        listed = await StuckQueries(self.pool).list_stuck_cases(today, StuckFilter(AREA), 100)
        return {case.ref: case for case in listed.cases}

    async def overdue(self) -> int:
        """How many cases of the area are overdue."""
        return sum(case.kind is StuckKind.OVERDUE for case in (await self.stuck()).values())

    async def some_are_overdue(self) -> None:
        """Wait until all that is due first is overdue, and have the board counted as a server does once a minute."""
        first = "select count(*) from waits where key in ('screening', 'first_contact') and not is_overdue"
        query = f"{first} and area = any($1)"
        async with asyncio.timeout(120):
            while await self.overdue() < 4 or await self.pool.fetchval(query, list(AREA)):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        await PostgresBoard(self.pool).refresh(self.stack.clock.today(), older_than=0)

    async def open_cases(self) -> int:
        """How many of the area are open."""
        query = "select count(*) from cases where area = any($1) and ended_on is null"
        return int(await self.pool.fetchval(query, list(AREA)))

    async def cases_of(self, area: str) -> list[Case]:
        """The cases that an area has now."""
        query = "select state from cases where area = $1"
        return [_CASE.validate_python(row["state"]) for row in await self.pool.fetch(query, area)]

    async def list_recorded(self, event: str) -> list[str]:
        """The cases in which the supervisor has recorded an event."""
        query = "select ref from entries where event = $1 and by ->> 'id' = 's.lindqvist' order by at"
        return [row["ref"] for row in await self.pool.fetch(query, event)]


@asynccontextmanager
async def terminal_next_to(clock: CaseClock, folder: Path) -> AsyncIterator[Terminal]:
    """A terminal in `folder`, next to a stack whose cases have this clock."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "devstack").symlink_to(ROOT / "devstack")
    with temporary_folder() as data:
        async with (
            embedded_stack(data, ports=Ports(), clock=clock, ui=False, durable=False) as stack,
            await open_pool(stack.dsn) as pool,
        ):
            yield Terminal(stack, pool, folder)


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    async with terminal_next_to(short_days(), tmp_path) as terminal:
        yield terminal


@pytest.fixture
async def terminal_in_real_time(tmp_path: Path) -> AsyncIterator[Terminal]:
    async with terminal_next_to(REAL_TIME, tmp_path) as terminal:
        yield terminal


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here")
async def test_a_supervisors_day_can_be_pasted_from_both_guides(terminal: Terminal) -> None:
    # Where days are this short, the prison would have withdrawn its objection before anybody could read it.
    await terminal.paste(".venv/bin/rj login --as o.haddad", ".venv/bin/rj agency pause --all")
    for block in (OVER_HTTP[0], BY_COMMAND[0]):
        # As `make up` signs in.
        await terminal.paste(".venv/bin/rj login --as w.sesay", block)
    await terminal.some_are_overdue()
    await a_monday_by_command(terminal)
    (terminal.folder / "agencies.csv").unlink()
    await a_day_over_http(terminal)


async def test_a_difficult_day_can_be_pasted_in_turn_from_both_guides(terminal_in_real_time: Terminal) -> None:
    before, concern, letters, second_contact, move = DIFFICULT
    decision, takeover = DECISIONS
    said = await terminal_in_real_time.paste(before, concern, decision, letters, second_contact, move, takeover)

    assert re.search(r"^RJ-\S+  Tell the victim in person that the meeting on .* is cancelled", said, re.MULTILINE)
    assert "    | The day that was set for contact" in said, "the words for her"
    assert "A supervisor who did not raise it decides (concern_decided)" in said
    assert "   She was afraid of him before. She told nobody.\n" in said
    assert "a contact was stopped for safety" in said
    assert re.search(r"^RJ-\S+  Proposed to northvale: tracing offender, no flags;", said, re.MULTILINE)
    (held,) = await terminal_in_real_time.cases_of("eastmoor")

    told = "select key from asks where ref = $1 and agency = 'prison' and kind = 'case_update'"
    await eventually(lambda: terminal_in_real_time.pool.fetchval(told, held.ref))
    assert (held.step, held.progress.contacts[0].result) == (Step.FOLLOWING_UP, "stopped_for_safety")
    assert [(contact.form, contact.agreement) for contact in held.progress.contacts] == [
        (Form.LETTER, False),
        (Form.LETTER, True),
    ]
    assert held.flags == {Flag.DOMESTIC_ABUSE}
    assert held.news is None, "the victim was told both times"
    assert [concern.result for concern in held.concerns] == ["conditions"]
    assert [wait.key for wait in active_waits(held)] == ["follow_up:2-1"]
    (moved,) = await terminal_in_real_time.cases_of("northvale")
    assert (moved.step, moved.assigned_to) == (Step.TRACING, "d.webb")
    assert moved.facilitator is not None
    assert moved.facilitator.id == "d.webb"


async def a_monday_by_command(terminal: Terminal) -> None:
    said = await terminal.paste(BY_COMMAND[0].partition("\nrj import")[0], BY_COMMAND[1])
    board, _, rest = said.partition("\nRJ-")
    worst, *_ = rest.partition(": done")
    assert ["all", str(await terminal.open_cases())] in [line.split()[:2] for line in board.splitlines()]
    assert len(re.findall(r"^(?:RJ-)?[0-9A-Z]{4}-[0-9A-Z]{4}  ", worst, re.MULTILINE)) == 10
    assert worst.count("Unassigned since ") == 10
    assert re.search(r"Overdue since .*, by \d+ working day", worst)

    two, three = REFS.findall(said)[:2], REFS.findall(said)[2:]
    await these_are_extended_and_assigned(terminal, two, three)
    assert "objection challenged recorded; now step" in said
    assert len(await terminal.list_recorded("objection_challenged")) == 1
    assert re.search(r"^eastmoor +vlo +2 +2 ", said, re.MULTILINE)
    assert ",eastmoor,vlo,2,2," in (terminal.folder / "agencies.csv").read_text(encoding="utf-8")


async def a_day_over_http(terminal: Terminal) -> None:
    setup = OVER_HTTP[0].partition("\n.venv/bin/rj import")[0]
    said = await terminal.paste(setup, OVER_HTTP[1])
    me, board, worst, extended, assigned, challenged, report = each_value(said)
    assert (me["id"], me["areas"]) == ("s.lindqvist", ["eastmoor"])
    assert board["all_stages"]["open"] == await terminal.open_cases()
    assert len(worst["cases"]) == 10
    assert all(case["reasons"] for case in worst["cases"])
    assert worst["cases"][0]["reasons"][0]["kind"] == "overdue"

    await these_are_extended_and_assigned(terminal, list_done(extended), list_done(assigned))
    assert challenged["event"] == "objection_challenged"
    assert len(set(await terminal.list_recorded("objection_challenged"))) == 2
    assert {(line["area"], line["agency"]) for line in report["lines"]} >= {("", "vlo"), ("eastmoor", "vlo")}
    assert ",eastmoor,vlo,2,2," in (terminal.folder / "agencies.csv").read_text(encoding="utf-8")


async def these_are_extended_and_assigned(terminal: Terminal, two: list[str], three: list[str]) -> None:
    assert (len(set(two)), len(set(three))) == (2, 3)
    # Screening and the first contact with the victim may both have been extended.
    extended = await terminal.list_recorded("wait_extended")
    assert extended[-1] in two
    assert set(two) <= set(extended)
    assert set((await terminal.list_recorded("reassigned"))[-3:]) == set(three)
    now = await terminal.stuck()
    reasons = {ref: {reason.kind for reason in now[ref].reasons} for ref in (*two, *three) if ref in now}
    assert all(StuckKind.OVERDUE not in reasons.get(ref, set()) for ref in two)
    assert all(StuckKind.UNASSIGNED not in reasons.get(ref, set()) for ref in three)


def list_done(answer: dict[str, Any]) -> list[str]:
    """The cases with which an action on many was done."""
    assert answer["failed"] == 0
    return [result["ref"] for result in answer["results"]]


def each_value(said: str) -> list[Any]:
    """The JSON values that were printed one after another."""
    values, rest, read = [], said.strip(), json.JSONDecoder()
    while rest:
        value, end = read.raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    return values
