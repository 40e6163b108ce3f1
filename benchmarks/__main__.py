"""Runs all benchmarks, or those named: one JSON line each on standard output, progress on standard error."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.advance import advance_rate
from benchmarks.case_checks import LostError
from benchmarks.chaos.webhooks import chaos
from benchmarks.full_case import full_case
from benchmarks.scale.database import NATIONAL_DATABASE
from benchmarks.scale.reading import board_query, case_query, report_query, stuck_query
from benchmarks.scale.visibility import visibility_query
from benchmarks.scale.writing import event_write
from benchmarks.webhook_accept import webhook_accept
from benchmarks.webhook_sender import RefusedError
from benchmarks.webhook_to_case import webhook_to_case
from devstack.processes import EmbeddedError
from log import configure_logging
from shutdown import hard_exit

BENCHMARKS: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
    "advance": advance_rate,
    "full_case": full_case,
    "webhook_accept": webhook_accept,
    "webhook_to_case": webhook_to_case,
    "chaos": chaos,
    "stuck_query": stuck_query,
    "board_query": board_query,
    "case_query": case_query,
    "report_query": report_query,
    "event_write": event_write,
    "visibility_query": visibility_query,
}


async def _run(names: list[str]) -> None:
    try:
        for name in names:
            print(json.dumps(await BENCHMARKS[name]()), flush=True)
    finally:
        await NATIONAL_DATABASE.close()


def main() -> int:
    """Run what is named on the command line; 1 where a benchmark found a fault."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}")
    names = parser.parse_args().name or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark named {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    configure_logging("console", "warning")
    code = 0
    try:
        asyncio.run(_run(names))
    except* (LostError, RefusedError, EmbeddedError) as failed:
        code = 1
        sys.stderr.writelines(f"{error}\n" for error in failed.exceptions)
    return code


if __name__ == "__main__":
    hard_exit(main())
