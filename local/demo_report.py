"""What the demonstration shows: how far it is while it runs, and at its end what a supervisor would want to see."""

import json
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from domain.case import Case, active_waits
from domain.vocabulary import Step
from local.playing import Played


def progress(played: Collection[Played], seconds: float) -> Table:
    """How many cases are at each step now."""
    counts = Counter(each.case.step for each in played if each.case is not None)
    done = sum(each.is_at_its_end for each in played)
    table = Table(title=f"{done} of {len(played)} cases are where they end, after {seconds:.0f} s")
    table.add_column("step")
    table.add_column("cases", justify="right")
    for step in Step:
        table.add_row(step.value, str(counts[step]) if counts[step] else "")
    return table


async def report(pool: asyncpg.Pool, played: Sequence[Played], *, as_json: bool, seconds: float) -> None:
    """Print the cases and what became of them: for people, or one JSON object a line."""
    paths = await _paths(pool)
    lines = [_line(each, paths.get(each.ref, [])) for each in played]
    summary = _summary(played, await _refused_webhooks(pool), seconds)
    if as_json:
        for line in (*lines, summary):
            sys.stdout.write(json.dumps(line) + "\n")
    else:
        _print(played, lines, summary)
    for each in played:
        if not each.is_at_its_end:
            sys.stderr.write(f"{each.ref} ({each.sample.row.source_id}) is not where it was to end\n")


def _line(each: Played, path: list[str]) -> dict[str, Any]:
    case = each.case
    if case is None:
        return {"ref": each.ref, "stage": None, "step": None, "reason": each.refused, "path": [], "overdue": []}
    return {
        "ref": each.ref,
        "stage": case.stage,
        "step": case.step,
        "reason": case.progress.reason,
        "path": path,
        "overdue": [wait.key for wait in active_waits(case) if wait.is_overdue],
    }


def _summary(played: Sequence[Played], refused_webhooks: int, seconds: float) -> dict[str, Any]:
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
    for row in await pool.fetch("select ref, step from entries order by ref, seq"):
        path = paths.setdefault(row["ref"], [])
        if not path or path[-1] != row["step"]:
            path.append(row["step"])
    return paths


async def _refused_webhooks(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("select count(*) from inbox where source like 'agency:%' and outcome = 'refused'")
    return count


def _print(played: Sequence[Played], lines: Sequence[dict[str, Any]], summary: dict[str, Any]) -> None:
    console = Console()
    console.print(_endings(lines))
    console.print(_open(played))
    console.print(
        f"{summary['cases']} requests: {summary['ended']} ended, {summary['open']} open; "
        f"{summary['refused_webhooks']} late or impossible webhooks refused; {summary['seconds']} s."
    )


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


def _open(played: Sequence[Played]) -> Table:
    table = Table(title="Open cases, and what they wait for")
    for column in ("case", "step", "waits on", "for", "due", "overdue"):
        table.add_column(column)
    for each in played:
        if each.case is not None and not each.case.is_closed:
            _add_waits(table, each.case)
    return table


def _add_waits(table: Table, case: Case) -> None:
    for wait in active_waits(case):
        overdue = f"since {wait.overdue_since}, chased {wait.chases} times" if wait.is_overdue else ""
        table.add_row(case.ref, case.step, wait.on, wait.key, str(wait.due_on), overdue)
