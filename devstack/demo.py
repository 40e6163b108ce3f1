"""The demonstration: the sample requests from first contact to their ends, on an embedded stack of their own."""

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from adapters.migrations import MigrationError
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.temporal.client import connect
from devstack.demo_report import progress, report
from devstack.discovery import publish_settings
from devstack.processes import EmbeddedError
from devstack.runner import SECONDS_BETWEEN_STEPS, SampleRun, StaffRunner
from devstack.samples import read_samples
from devstack.seed_scenarios import seed_scenarios
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from domain.references import new_ref
from domain.vocabulary import CaseRef
from log import configure_logging
from settings import Settings

SHORTEST_LIMIT = 100.0
"""Seconds in which an ordinary machine has done the work, however short a day is."""
MAX_DAYS = 700
"""Case days in which every sample has ended: they take some 280 on a machine that keeps up."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the demonstration runs. `day_seconds`: how long a day lasts; None: as long as this machine needs.

    `as_json`: one JSON object a case on standard output, and a last one.
    """

    day_seconds: float | None = None
    as_json: bool = False


async def run_demo(options: Options) -> int:
    """Run it; 0 where each case ends where its sample says, each channel was used and each chain holds, else 1.

    2 where the stack cannot start.
    """
    began, day = time.monotonic(), options.day_seconds
    configure_logging("json", "warning")
    try:
        with temporary_folder() as folder:
            async with embedded_stack(folder, ports=Ports(), day_seconds=day, ui=False, durable=False) as stack:
                with publish_settings(stack.settings, replace_other=False):
                    return await _run_samples(stack, options, began)
    except (EmbeddedError, MigrationError) as error:
        sys.stderr.write(f"rj: {error}\n")
        return 2


def max_seconds(day_seconds: float) -> float:
    """How long after the requests were sent in the demonstration reports what it has."""
    return max(SHORTEST_LIMIT, MAX_DAYS * day_seconds)


async def _run_samples(stack: Stack, options: Options, began: float) -> int:
    settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"])
    async with await open_pool(stack.dsn) as pool:
        # The samples are sent in as an import would, once the agencies know how they behave.
        chance, inbox = random.SystemRandom(), PostgresInbox(pool)
        runs = [SampleRun(sample, new_ref(chance)) for sample in read_samples()]
        await seed_scenarios(stack, runs)
        for run in runs:
            await store_request(inbox, "import:requests.jsonl", run.sample.row, chance, ref=CaseRef(run.ref))
        runner = StaffRunner(pool, await connect(settings), stack.clock, {run.ref: run for run in runs})
        deadline = time.monotonic() + max_seconds(stack.day_seconds)
        with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
            while time.monotonic() < deadline:
                await runner.step()
                live.update(progress(runs, time.monotonic() - began))
                if all(run.has_ended for run in runs) and not runner.recording:
                    break
                await asyncio.sleep(SECONDS_BETWEEN_STEPS)
        await runner.stop()
        now = stack.clock.case_time(datetime.now(UTC))
        is_good = await report(pool, runs, now, as_json=options.as_json, seconds=time.monotonic() - began)
    return 0 if is_good else 1
