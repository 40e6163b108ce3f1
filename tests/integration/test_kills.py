"""Any process may be killed at any moment: the case goes on where it was, and nothing is lost or done twice."""

import asyncio
import json
import os
import sys
from collections import Counter

import pytest

from devstack.services import ROOT
from tests.integration.conftest import RunningStack, kill, run_stack, successful_samples

SECONDS_BETWEEN_KILLS = 2.0

DONE_BY = {"worker.py": "select count(*) from entries", "server.py": "select count(*) from inbox"}
"""What grows while a program works, and by nothing else: entries by workers, messages by servers."""


async def verify(running: RunningStack) -> tuple[int | None, str]:
    """The exit code and output of `rj verify` on a running stack."""
    command = [sys.executable, str(ROOT / "starter.py"), "verify"]
    environment = {**os.environ, **running.stack.settings}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


async def assert_nothing_was_lost(running: RunningStack) -> None:
    code, said = await verify(running)
    assert (code, said) == (0, f"chains checked, {len(running.runs)} compared with Temporal: nothing found\n")
    undelivered = await running.pool.fetchval("select count(*) from inbox where outcome is null")
    assert undelivered == 0
    for run in running.runs:
        events = [row["event"] for row in await running.pool.fetch("select event from entries where ref = $1", run.ref)]
        once = Counter(events)
        assert (once["offender_approached"], once["meeting_held"], once["follow_up_recorded"]) == (1, 1, 3)


async def wait_for_work(running: RunningStack, program: str) -> None:
    """Wait until `program` has done something: one that is killed before it works at all shows nothing."""
    before = await running.pool.fetchval(DONE_BY[program])
    while await running.pool.fetchval(DONE_BY[program]) == before:  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.1)


async def test_a_worker_killed_half_way_loses_nothing(stack_after_kill: RunningStack) -> None:
    code, said = await verify(stack_after_kill)
    assert (code, said) == (0, "chains checked, 3 compared with Temporal: nothing found\n")
    await stack_after_kill.run_to_the_end()
    await assert_nothing_was_lost(stack_after_kill)


@pytest.mark.long
@pytest.mark.parametrize("program", ["worker.py", "server.py"])
async def test_a_process_killed_over_and_over_loses_nothing(program: str) -> None:
    async with run_stack(successful_samples(12)) as running:

        async def go_on_killing() -> None:
            while True:
                await kill(program)
                await wait_for_work(running, program)
                await asyncio.sleep(SECONDS_BETWEEN_KILLS)

        killing = asyncio.create_task(go_on_killing())
        try:
            await running.run_until(lambda: sum(run.version >= 12 for run in running.runs) >= 8)
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
        await running.run_to_the_end()
        await assert_nothing_was_lost(running)


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
    shown = {"ref", "stage", "step", "reason", "path", "overdue", "situation", "happened"}
    assert all(shown == set(case) for case in cases)
    assert {"cases", "ended", "open", "refused_webhooks", "seconds", "channels"} == set(summary)
    assert [channel["channel"] for channel in summary["channels"]] == ["http", "email", "hmpps", "manual"]
    assert all(channel["asked"] and channel["answered"] and channel["ref"] for channel in summary["channels"])
    assert {"hmpps": True}.items() <= {channel["channel"]: channel["found"] for channel in summary["channels"]}.items()
    still_open = [case for case in cases if case["step"] not in (None, "closed")]
    assert len(still_open) == summary["open"] > 0
    assert all(case["overdue"] is True for case in still_open)
