"""The demonstration: the sample requests from first contact to their ends, on an embedded stack of their own."""

import asyncio
import random
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from adapters.clock import StackClock
from adapters.migrations import MigrationError
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import store_request
from adapters.temporal.client import connect
from devstack.demo_report import progress, report
from devstack.discovery import publish_settings
from devstack.processes import EmbeddedError
from devstack.runner import SECONDS_BETWEEN_STEPS, SampleRun, staff_at_work
from devstack.samples import read_samples
from devstack.seed_scenarios import seed_scenarios
from devstack.stack import Ports, Stack, StackSettings, embedded_stack, temporary_folder
from devstack.waiting_clock import clock_at, noon_of
from domain.references import new_ref
from domain.vocabulary import CaseRef
from log import configure_logging

MAX_DAYS = 700
"""Case days in which every sample has ended: they take some 280."""
MAX_SECONDS_A_DAY = 300.0
"""After so long a day does not end because of a fault, and not because the machine is slow."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the demonstration runs. `day_seconds`: how long a day lasts at least; it always lasts until its work is done.

    `as_json`: one JSON object a case on standard output, and a last one.
    """

    day_seconds: float = 0.0
    as_json: bool = False


async def run_demo(options: Options) -> int:
    """Run it; 0 where each case ends where its sample says, each channel was used and each chain holds, else 1.

    2 where the stack cannot start.
    """
    began, clock = time.monotonic(), clock_at(noon_of(StackClock().today()))
    configure_logging("json", "warning")
    try:
        with temporary_folder() as folder:
            async with embedded_stack(folder, ports=Ports(), clock=clock, ui=False, durable=False) as stack:
                with publish_settings(stack.settings, replace_other=False):
                    return await _run_samples(stack, options, began)
    except (EmbeddedError, MigrationError) as error:
        sys.stderr.write(f"rj: {error}\n")
        return 2


async def _run_samples(stack: Stack, options: Options, began: float) -> int:
    settings = StackSettings(
        database_url=SecretStr(stack.dsn),
        token_key_file=Path(stack.settings["RJ_TOKEN_KEY_FILE"]),
        temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"],
    )
    async with await open_pool(stack.dsn) as pool:
        # The samples are sent in as an import would, once the agencies know how they behave.
        chance, inbox, key = random.SystemRandom(), PostgresInbox(pool), settings.read_token_key()
        runs = [SampleRun(sample, new_ref(chance)) for sample in read_samples()]
        await seed_scenarios(stack, runs)
        for run in runs:
            await store_request(inbox, key, "import:requests.jsonl", run.sample.row, chance, ref=CaseRef(run.ref))
        client, first, deadline = await connect(settings), stack.clock.today(), MAX_SECONDS_A_DAY + time.monotonic()
        async with staff_at_work(stack, pool, client, runs, settings, options.day_seconds) as runner:
            with Live(console=Console(stderr=True), refresh_per_second=4, transient=True) as live:
                today = first
                while today - first < timedelta(days=MAX_DAYS) and time.monotonic() < deadline:
                    await runner.step()
                    live.update(progress(runs, time.monotonic() - began))
                    if all(run.has_ended for run in runs) and not runner.recording:
                        break
                    if today != (today := stack.clock.today()):
                        deadline = time.monotonic() + MAX_SECONDS_A_DAY + options.day_seconds
                    await asyncio.sleep(SECONDS_BETWEEN_STEPS if runner.waits_for else 0)
        seconds = time.monotonic() - began
        is_good = await report(pool, runs, stack.clock.now(), as_json=options.as_json, seconds=seconds)
        if runner.waits_for and time.monotonic() >= deadline:
            sys.stderr.write(f"On {today} the day did not end: {runner.waits_for}\n")
    return 0 if is_good else 1
