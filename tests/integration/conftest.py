"""The embedded stack as it is started by `rj demo`: real servers, our own processes, simulated agencies."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import psutil
import pytest
from pydantic import SecretStr

from adapters.clock import StackClock
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.requests.people import Offender, Victim
from adapters.temporal.client import connect
from devstack.runner import SECONDS_BETWEEN_STEPS, SampleRun, StaffRunner, staff_at_work
from devstack.samples import Sample, read_samples
from devstack.seed_scenarios import seed_scenarios
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from devstack.waiting_clock import clock_at, noon_of
from domain.references import new_ref
from domain.vocabulary import CaseRef
from settings import Settings
from tests.token_keys import TOKEN_KEY
from workflows.clock import CaseClock

VICTIM = Victim(
    name="Marked-Victim-Vex", email="marked.victim@example.org", phone="+44 1632 960733", address="7 Marked Lane"
)
OFFENDER = Offender(name="Marked-Offender-Orrin", date_of_birth=date(1971, 3, 29))
NOTE = "Marked-note of what happened that night"
"""Values that occur nowhere else, so that wherever they are found they have leaked."""


@dataclass(frozen=True)
class RunningStack:
    """A running stack with sample requests on it."""

    stack: Stack
    pool: asyncpg.Pool
    runner: StaffRunner

    @property
    def runs(self) -> list[SampleRun]:
        return list(self.runner.runs.values())

    async def run_until(self, done: Callable[[], bool]) -> None:
        """Let staff work until `done()`."""
        while not done() or self.runner.recording:
            await self.runner.step()
            await asyncio.sleep(SECONDS_BETWEEN_STEPS)

    async def run_to_the_end(self) -> None:
        """Let staff work until every sample has ended."""
        await self.run_until(lambda: all(run.has_ended for run in self.runs))


def short_days() -> CaseClock:
    """A clock whose days last three seconds, so that something runs out."""
    now = datetime.now(UTC).timestamp()
    return CaseClock(now, now, 3.0)


def successful_samples(count: int, **changes: Any) -> list[Sample]:
    """Samples that all go well, to a meeting held; `changes` are of their rows."""
    plain = next(
        sample for sample in read_samples() if not sample.agencies and not sample.script.actions and not sample.end.open
    )
    rows = [replace(plain.row, source_id=f"well-{number}", **changes) for number in range(count)]
    return [replace(plain, row=row, script=replace(plain.script, source_id=row.source_id)) for row in rows]


@asynccontextmanager
async def run_stack(samples: Sequence[Sample]) -> AsyncIterator[RunningStack]:
    """A stack in a folder of its own, and these samples sent in."""
    with temporary_folder() as folder:
        async with (
            embedded_stack(
                folder, ports=Ports(), clock=clock_at(noon_of(StackClock().today())), ui=False, durable=False
            ) as stack,
            await open_pool(stack.dsn) as pool,
        ):
            address = stack.settings["RJ_TEMPORAL_ADDRESS"]
            settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=address)
            client = await connect(settings)
            runs = await send_in(stack, pool, samples)
            async with staff_at_work(stack, pool, client, runs, settings, day_seconds=0) as runner:
                yield RunningStack(stack, pool, runner)


async def send_in(stack: Stack, pool: asyncpg.Pool, samples: Sequence[Sample]) -> list[SampleRun]:
    """Send samples in as an import would."""
    chance, inbox = random.SystemRandom(), PostgresInbox(pool)
    runs = [SampleRun(sample, new_ref(chance)) for sample in samples]
    await seed_scenarios(stack, runs)
    for run in runs:
        await store_request(inbox, TOKEN_KEY, "import:test", run.sample.row, chance, ref=CaseRef(run.ref))
    return runs


def process_of(program: str) -> psutil.Process:
    """The process of ours that runs `program`, not the one that guards it."""
    for process in psutil.Process().children(recursive=True):
        command = process.cmdline()
        if any(part.endswith(program) for part in command) and "process_guard.py" not in " ".join(command):
            return process
    raise AssertionError(f"{program} does not run")


async def kill(program: str) -> None:
    """Kill -9, as soon as it runs, and wait until another has taken its place."""
    killed = await _other_process_of(program, None)
    killed.kill()
    await _other_process_of(program, killed.pid)


async def _other_process_of(program: str, pid: int | None) -> psutil.Process:
    """The process that runs `program`, once it is another one than `pid`."""
    while True:
        with suppress(AssertionError, psutil.Error):
            found = process_of(program)
            if found.pid != pid:
                return found
        await asyncio.sleep(0.2)


@pytest.fixture(scope="package")
async def stack_after_kill() -> AsyncIterator[RunningStack]:
    """Cases with marked personal details, about to go on: their worker was killed half-way, and runs again."""
    samples = successful_samples(3, victim=VICTIM, offender=OFFENDER, note=NOTE)
    async with run_stack(samples) as running:
        await running.run_until(lambda: any(run.version >= 5 for run in running.runs))
        await kill("worker.py")
        yield running
