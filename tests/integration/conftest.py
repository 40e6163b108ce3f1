"""The embedded stack as it is started by `rj demo`: real servers, our own processes, simulated agencies."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import psutil
import pytest
from pydantic import SecretStr

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import take_in
from adapters.requests.rows import Offender, Victim
from adapters.temporal.client import connect
from devstack.runner import SECONDS_BETWEEN_STEPS, SampleRun, StaffRunner
from devstack.samples import Sample, read_samples
from devstack.seed_scenarios import seed_scenarios
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from domain.references import new_ref
from domain.vocabulary import CaseRef
from settings import Settings

SECONDS_TO_PLAY = 300.0
SECONDS_TO_START = 90.0

VICTIM = Victim(
    name="Marked-Victim-Vex", email="marked.victim@example.org", phone="+44 1632 960733", address="7 Marked Lane"
)
OFFENDER = Offender(name="Marked-Offender-Orrin", date_of_birth=date(1971, 3, 29))
NOTE = "Marked-note of what happened that night"
"""Values that stand nowhere else, so that wherever they are found they have leaked."""


class Stage:
    """A running stack with sample requests on it."""

    def __init__(self, stack: Stack, pool: asyncpg.Pool, players: StaffRunner) -> None:
        self.stack = stack
        self.pool = pool
        self.players = players

    @property
    def played(self) -> list[SampleRun]:
        return list(self.players.played.values())

    async def play_until(self, done: Any) -> None:
        """Let staff work until `done()`; TimeoutError where that does not come."""
        async with asyncio.timeout(SECONDS_TO_PLAY):
            while not done() or self.players.at_work:
                await self.players.look()
                await asyncio.sleep(SECONDS_BETWEEN_STEPS)

    async def play_to_the_end(self) -> None:
        """Let staff work until every sample is where it is to end."""
        await self.play_until(lambda: all(each.has_ended for each in self.played))


def sample(source_id: str) -> Sample:
    """One of the sample requests."""
    return next(each for each in read_samples() if each.row.source_id == source_id)


def going_well(count: int, **changes: Any) -> list[Sample]:
    """Samples that all go well, to a meeting held; `changes` are of their rows."""
    plain = next(each for each in read_samples() if not each.agencies and not each.script.plays and not each.end.open)
    rows = [replace(plain.row, source_id=f"well-{number}", **changes) for number in range(count)]
    return [replace(plain, row=row, script=replace(plain.script, source_id=row.source_id)) for row in rows]


@asynccontextmanager
async def staged(samples: Sequence[Sample], day_seconds: float) -> AsyncIterator[Stage]:
    """A stack in a folder of its own, and these samples sent in."""
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(temporary_folder())
        stack = await opened.enter_async_context(
            embedded_stack(folder, ports=Ports(), day_seconds=day_seconds, ui=False, durable=False)
        )
        pool = await open_pool(stack.dsn)
        settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"])
        played = await send_in(stack, pool, samples)
        players = StaffRunner(pool, await connect(settings), stack.clock, {each.ref: each for each in played})
        try:
            yield Stage(stack, pool, players)
        finally:
            await players.stop()
            await pool.close()


async def send_in(stack: Stack, pool: asyncpg.Pool, samples: Sequence[Sample]) -> list[SampleRun]:
    """Send samples in as an import would."""
    chance, inbox = random.SystemRandom(), PostgresInbox(pool)
    played = [SampleRun(each, new_ref(chance)) for each in samples]
    await seed_scenarios(stack, played)
    for each in played:
        await take_in(inbox, "import:test", each.sample.row, chance, ref=CaseRef(each.ref))
    return played


def process_of(program: str) -> psutil.Process:
    """The process of ours that runs `program`, not the one that guards it."""
    for process in psutil.Process().children(recursive=True):
        command = process.cmdline()
        if any(part.endswith(program) for part in command) and "process_guard.py" not in " ".join(command):
            return process
    raise AssertionError(f"{program} does not run")


async def kill(program: str) -> None:
    """Kill -9, as soon as it runs, and wait until another has taken its place."""
    async with asyncio.timeout(SECONDS_TO_START):
        killed = await _running_but(program, None)
        killed.kill()
        await _running_but(program, killed.pid)


async def _running_but(program: str, other: int | None) -> psutil.Process:
    """The process that runs `program`, once it is another one than that of the id `other`."""
    while True:
        with suppress(AssertionError, psutil.Error):
            found = process_of(program)
            if found.pid != other:
                return found
        await asyncio.sleep(0.2)


@pytest.fixture(scope="package")
async def half_way_killed() -> AsyncIterator[Stage]:
    """Cases with marked personal details, about to be played on: their worker was killed half-way, and is back."""
    samples = going_well(3, victim=VICTIM, offender=OFFENDER, note=NOTE)
    async with staged(samples, day_seconds=0.05) as stage:
        await stage.play_until(lambda: any(each.version >= 5 for each in stage.played))
        await kill("worker.py")
        yield stage
