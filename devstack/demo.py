"""The demonstration: the sample requests from first word to their ends, on an embedded stack of their own."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.pool import open_pool
from adapters.requests.intake import take_in
from adapters.temporal.client import connect
from devstack.demo_report import progress, report
from devstack.discovery import publish_settings
from devstack.runner import SECONDS_BETWEEN_STEPS, SampleRun, StaffRunner
from devstack.samples import read_samples
from devstack.seed_scenarios import seed_scenarios
from devstack.stack import Ports, Stack, embedded_stack, temporary_folder
from domain.references import new_ref
from domain.vocabulary import CaseRef
from log import configure_logging
from settings import Settings

DAY = 0.15
"""Seconds that a day of a case lasts by default: half a year passes in half a minute."""

SHORTEST_LIMIT = 100.0
"""Seconds in which an ordinary machine has done the work, however short a day is."""

DAYS_AT_MOST = 700
"""Case days in which every sample is at its end: they take some 280 on a machine that keeps up."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the demonstration runs. `as_json`: one JSON object a case on standard output, and a last one."""

    day_seconds: float = DAY
    as_json: bool = False


async def run_demo(options: Options) -> int:
    """Run it; 0 where each case ends where its sample says, each channel was at work and each chain holds, else 1."""
    began = time.monotonic()
    configure_logging("console", "warning")
    with temporary_folder() as folder:
        async with embedded_stack(
            folder, ports=Ports(), day_seconds=options.day_seconds, ui=False, durable=False
        ) as stack:
            with publish_settings(stack.settings, replace_other=False):
                return await _play(stack, options, began)


def seconds_at_most(day_seconds: float) -> float:
    """How long after the requests were sent in the demonstration reports what it has."""
    return max(SHORTEST_LIMIT, DAYS_AT_MOST * day_seconds)


async def _play(stack: Stack, options: Options, began: float) -> int:
    settings = Settings(database_url=SecretStr(stack.dsn), temporal_address=stack.settings["RJ_TEMPORAL_ADDRESS"])
    async with AsyncExitStack() as opened:
        pool = await open_pool(stack.dsn)
        opened.push_async_callback(pool.close)
        played = await _send_in(stack, pool)
        players = StaffRunner(pool, await connect(settings), stack.clock, {each.ref: each for each in played})
        await _until_all_are_at_their_ends(players, began, seconds_at_most(options.day_seconds))
        now = stack.clock.case_time(datetime.now(UTC))
        well = await report(pool, played, now, as_json=options.as_json, seconds=time.monotonic() - began)
    return 0 if well else 1


async def _send_in(stack: Stack, pool: asyncpg.Pool) -> list[SampleRun]:
    """Send the samples in as an import would, once the agencies know how they behave."""
    chance, inbox = random.SystemRandom(), PostgresInbox(pool)
    played = [SampleRun(sample, new_ref(chance)) for sample in read_samples()]
    await seed_scenarios(stack, played)
    for each in played:
        await take_in(inbox, "import:requests.jsonl", each.sample.row, chance, ref=CaseRef(each.ref))
    return played


async def _until_all_are_at_their_ends(players: StaffRunner, began: float, at_most: float) -> None:
    console, sent_in = Console(stderr=True), time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while time.monotonic() - sent_in < at_most:
            await players.look()
            live.update(progress(players.played.values(), time.monotonic() - began))
            if all(each.has_ended for each in players.played.values()) and not players.at_work:
                break
            await asyncio.sleep(SECONDS_BETWEEN_STEPS)
    await players.stop()
