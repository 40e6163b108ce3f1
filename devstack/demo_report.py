"""What the demonstration shows: how far it is while it runs, and at its end what a supervisor would want to see."""

import json
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from devstack.demo_channels import not_shown, notices, ways, ways_table
from devstack.runner import SampleRun
from domain.case import active_waits
from domain.vocabulary import Step
from domain.waits import Wait
from queries.stuck import StuckCase, StuckQueries
from queries.stuck_ranking import StuckFilter
from queries.verify import ChainVerifier

MOST_SHOWN = 100


def progress(played: Collection[SampleRun], seconds: float) -> Table:
    """How many cases are at each step now."""
    counts = Counter(each.case.step for each in played if each.case is not None)
    done = sum(each.has_ended for each in played)
    table = Table(title=f"{done} of {len(played)} cases are where they end, after {seconds:.0f} s")
    table.add_column("step")
    table.add_column("cases", justify="right")
    for step in Step:
        table.add_row(step.value, str(counts[step]) if counts[step] else "")
    return table


async def report(pool: asyncpg.Pool, played: Sequence[SampleRun], now: datetime, *, as_json: bool, seconds: float) -> bool:
    """Print the cases and what became of them: for people, or one JSON object a line. `now` is the cases' time.

    True where each case is where it was to end, each channel was seen at work, and every chain of entries holds.
    """
    paths, channels = await _paths(pool), await ways(pool)
    broken = [str(fault) async for fault in ChainVerifier(pool).verify_all_chains()]
    lines = [_line(each, paths.get(each.ref, [])) for each in played]
    summary = _summary(played, await _refused_webhooks(pool), seconds)
    if as_json:
        for line in (*lines, {**summary, "channels": [asdict(way) for way in channels]}):
            sys.stdout.write(json.dumps(line) + "\n")
    else:
        console = Console()
        worst = (await StuckQueries(pool).list_stuck_cases(now.date(), StuckFilter(), MOST_SHOWN)).cases
        _print(console, lines, worst, len(broken))
        console.print(ways_table(channels))
        console.print(f"Notices to victims: {_counts(await notices(pool))}.")
        console.print(_in_words(summary))
    faults = [*_elsewhere(played), *not_shown(channels), *broken]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return not faults


def _elsewhere(played: Sequence[SampleRun]) -> Iterator[str]:
    for each in played:
        if not each.has_ended:
            yield f"{each.ref} ({each.sample.row.source_id}) is not where it was to end: {describe_run(each)}"


def describe_run(each: SampleRun) -> str:
    """Where a case stands, and what it waits for, in one line of codes and days."""
    case = each.case
    if case is None:
        return f"refused, {each.refused}" if each.refused else "not in the case file"
    where = f"stage {case.stage}, step {case.step}"
    if case.progress.reason is not None:
        where += f", {case.progress.reason}"
    return "; ".join([where, *(_awaited(wait) for wait in active_waits(case))])


def _awaited(wait: Wait) -> str:
    overdue = ", overdue" if wait.is_overdue else ""
    return f"waits on {wait.waiting_on} for {wait.key}, due {wait.due_on}{overdue}"


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counted.items())


def _in_words(summary: dict[str, Any]) -> str:
    return (
        f"{summary['cases']} requests: {summary['ended']} ended, {summary['open']} open; "
        f"{summary['refused_webhooks']} late or impossible webhooks refused; {summary['seconds']} s."
    )


def _line(each: SampleRun, path: list[str]) -> dict[str, Any]:
    case = each.case
    if case is None:
        return {"ref": each.ref, "stage": None, "step": None, "reason": each.refused, "path": [], "overdue": False}
    return {
        "ref": each.ref,
        "stage": case.stage,
        "step": case.step,
        "reason": case.progress.reason,
        "path": path,
        "overdue": any(wait.is_overdue for wait in active_waits(case)),
    }


def _summary(played: Sequence[SampleRun], refused_webhooks: int, seconds: float) -> dict[str, Any]:
    ended = sum(each.refused is not None or (each.case is not None and each.case.is_closed) for each in played)
    return {
        "cases": len(played),
        "ended": ended,
        "open": len(played) - ended,
        "refused_webhooks": refused_webhooks,
        "seconds": round(seconds, 1),
    }


async def _paths(pool: asyncpg.Pool) -> dict[str, list[str]]:
    """The steps of each case in the order in which it came to them."""
    paths: dict[str, list[str]] = {}
    for row in await pool.fetch("select ref, step from entries order by ref, version"):
        path = paths.setdefault(row["ref"], [])
        if not path or path[-1] != row["step"]:
            path.append(row["step"])
    return paths


async def _refused_webhooks(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("select count(*) from inbox where source like 'agency:%' and outcome = 'refused'")
    return count


def _print(console: Console, lines: Sequence[dict[str, Any]], worst: Sequence[StuckCase], faults: int) -> None:
    console.print(_endings(lines))
    console.print(_stuck(worst))
    said = "and every chain of entries holds" if faults == 0 else f"and {faults} FAULTS were found in it"
    console.print(f"The case file was checked, {said}.")


def _endings(lines: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="How requests ended")
    for column in ("stage", "reason", "cases"):
        table.add_column(column)
    ended = Counter((line["stage"] or "refused", line["reason"] or "") for line in lines if _has_ended(line))
    for (stage, reason), count in ended.most_common():
        table.add_row(stage, reason, str(count))
    return table


def _has_ended(line: dict[str, Any]) -> bool:
    return line["step"] in (None, Step.CLOSED)


def _stuck(worst: Sequence[StuckCase]) -> Table:
    table = Table(title="Stuck, the worst first", show_lines=True)
    table.add_column("case", no_wrap=True)
    table.add_column("step", no_wrap=True)
    table.add_column("why")
    for case in worst:
        table.add_row(case.ref, case.step, case.why)
    return table
