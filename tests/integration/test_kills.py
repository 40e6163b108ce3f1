"""Any process may be killed at any moment: the case goes on where it was, and nothing is lost or done twice."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

import psutil
import pytest

from local.stack import ROOT
from readmodel.verify import verify_all_chains
from tests.integration.conftest import Stage, going_well, staged


def process_of(program: str) -> psutil.Process:
    """The process of ours that runs `program`, not the one that guards it."""
    for process in psutil.Process().children(recursive=True):
        command = process.cmdline()
        if any(part.endswith(program) for part in command) and "guarded.py" not in " ".join(command):
            return process
    raise AssertionError(f"{program} does not run")


async def kill(program: str) -> None:
    """Kill -9 and wait until another has taken its place."""
    killed = process_of(program)
    killed.kill()
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(0.2)
            try:
                if process_of(program).pid != killed.pid:
                    return
            except (AssertionError, psutil.Error):
                continue


async def assert_nothing_was_lost(stage: Stage) -> None:
    assert [str(fault) async for fault in verify_all_chains(stage.pool)] == []
    undelivered = await stage.pool.fetchval("select count(*) from inbox where outcome is null")
    assert undelivered == 0
    for each in stage.played:
        events = [row["event"] for row in await stage.pool.fetch("select event from entries where ref = $1", each.ref)]
        once = Counter(events)
        assert (once["offender_approached"], once["meeting_held"], once["follow_up_recorded"]) == (1, 1, 3)


async def test_a_worker_killed_half_way_loses_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, going_well(3), day_seconds=0.05) as stage:
        await stage.play_until(lambda: any(each.version >= 5 for each in stage.played))
        await kill("worker.py")
        await stage.play_to_the_end()
        await assert_nothing_was_lost(stage)


@pytest.mark.long
@pytest.mark.parametrize("program", ["worker.py", "server.py"])
async def test_a_process_killed_over_and_over_loses_nothing(tmp_path: Path, program: str) -> None:
    async with staged(tmp_path, going_well(12), day_seconds=0.1) as stage:

        async def go_on_killing() -> None:
            while True:
                await asyncio.sleep(4)
                await kill(program)

        killing = asyncio.create_task(go_on_killing())
        await stage.play_until(lambda: sum(each.version >= 12 for each in stage.played) >= 8)
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
        await stage.play_to_the_end()
        await assert_nothing_was_lost(stage)


@pytest.mark.long
async def test_the_demonstration_ends_as_it_should_though_its_worker_is_killed() -> None:
    command = [sys.executable, str(ROOT / "starter.py"), "demo", "--json"]
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    ended = asyncio.create_task(demo.communicate())
    for seconds in (15, 10):
        await asyncio.sleep(seconds)
        await kill("worker.py")
    printed, _ = await ended
    *cases, summary = [json.loads(line) for line in printed.splitlines()]
    assert demo.returncode == 0
    assert summary["cases"] == len(cases) == summary["ended"] + summary["open"]
    assert {"ref", "stage", "step", "reason", "path", "overdue"} == set(cases[0])
    still_open = [case for case in cases if case["step"] not in (None, "closed")]
    assert len(still_open) == summary["open"] > 0
    assert all(case["overdue"] for case in still_open)
