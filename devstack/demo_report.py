"""What the demonstration shows: how far it is while it runs, and at its end what a supervisor wants to see."""

import json
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from devstack.demo_channels import channels_table, missing_channels
from devstack.runner import SampleRun
from devstack.situations import Course, find_gaps, find_passed, read_course, situations_table
from domain.case import active_waits
from domain.vocabulary import Step
from queries.case_history import CaseHistory
from queries.demonstration import DemonstrationQueries
from queries.stuck import StuckQueries
from queries.stuck_ranking import StuckFilter
from queries.verify import ChainVerifier

MAX_STUCK = 100


def progress(runs: Collection[SampleRun], seconds: float) -> Table:
    """How many cases are at each step now."""
    counts = Counter(run.case.step for run in runs if run.case is not None)
    ended = sum(run.has_ended for run in runs)
    table = Table(title=f"{ended} of {len(runs)} cases are at their ends, after {seconds:.0f} s")
    table.add_column("step")
    table.add_column("cases", justify="right")
    for step in Step:
        table.add_row(step.value, str(counts[step]) if counts[step] else "")
    return table


async def report(
    pool: asyncpg.Pool, runs: Sequence[SampleRun], now: datetime, *, as_json: bool, seconds: float
) -> bool:
    """Print the cases and their outcomes: for people, or one JSON object a line. `now` is the cases' time.

    True where each case came to its end on the way that its sample says, each channel was used, and every chain of
    entries holds.
    """
    demonstration, history = DemonstrationQueries(pool), CaseHistory(pool)
    paths = {
        run.ref: [step for step, _ in groupby(entry.step for entry in await history.list_entries(run.ref))]
        for run in runs
    }
    channels = await demonstration.summarise_channels()
    broken = [str(fault) async for fault in ChainVerifier(pool).verify_chains()]
    courses = {run.ref: await read_course(pool, run.ref) for run in runs if run.sample.situation}
    lines = [_line(run, paths[run.ref], courses.get(run.ref)) for run in runs]
    ended = sum(run.refused is not None or (run.case is not None and run.case.is_closed) for run in runs)
    summary = {
        "cases": len(runs),
        "ended": ended,
        "open": len(runs) - ended,
        "refused_webhooks": await demonstration.count_refused_webhooks(),
        "seconds": round(seconds, 1),
    }
    if as_json:
        for line in (*lines, {**summary, "channels": [asdict(channel) for channel in channels]}):
            sys.stdout.write(json.dumps(line) + "\n")
    else:
        console = Console()
        worst = (await StuckQueries(pool).list_stuck_cases(now.date(), StuckFilter(), MAX_STUCK)).cases
        closed = [line for line in lines if line["step"] == Step.CLOSED or (line["step"] is None and line["reason"])]
        outcomes = Counter((line["stage"] or "refused", line["reason"] or "") for line in closed)
        ends = Table("stage", "reason", "cases", title="How requests ended")
        for (stage, reason), count in outcomes.most_common():
            ends.add_row(stage, reason, str(count))
        console.print(ends)
        console.print(situations_table(runs, courses))
        stuck = Table("case", "step", "why", title="Stuck, the worst first", show_lines=True)
        for case in worst:
            stuck.add_row(case.ref, case.step, case.why)
        console.print(stuck)
        result = f"and {len(broken)} FAULTS were found in it" if broken else "and every chain of entries holds"
        console.print(f"The case file was checked, {result}.")
        console.print(channels_table(channels))
        notifications = await demonstration.count_notifications()
        states = [f"{count} {state.replace('_', ' ')}" for state, count in notifications.items()]
        console.print(f"Messages to victims: {', '.join(states)}.")
        console.print(
            f"{summary['cases']} requests: {ended} ended, {summary['open']} open; "
            f"{summary['refused_webhooks']} late or impossible webhooks refused; {summary['seconds']} s."
        )
    elsewhere = [
        f"{run.ref} ({run.sample.row.source_id}) did not end as its sample says: {describe_run(run)}"
        for run in runs
        if not run.has_ended
    ]
    elsewhere += [
        f"{run.ref} ({run.sample.row.source_id}) did not go as its situation says: {gap}"
        for run in runs
        if run.ref in courses
        for gap in find_gaps(run.sample.end, run.case, courses[run.ref])
    ]
    faults = [*elsewhere, *missing_channels(channels), *broken]
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return not faults


def describe_run(run: SampleRun) -> str:
    """The state of a case, and what it waits for, in one line of codes and days."""
    case = run.case
    if case is None:
        return f"refused, {run.refused}" if run.refused else "not in the case file"
    state = f"stage {case.stage}, step {case.step}"
    if case.progress.reason is not None:
        state += f", {case.progress.reason}"
    waits = [
        f"waits on {wait.waiting_on} for {wait.key}, due {wait.due_on}{', overdue' if wait.is_overdue else ''}"
        for wait in active_waits(case)
    ]
    return "; ".join([state, *waits])


def _line(run: SampleRun, path: list[str], course: Course | None) -> dict[str, Any]:
    passed = () if course is None else find_passed(run.sample.end, course)
    case = run.case
    return {
        "ref": run.ref,
        "stage": case and case.stage,
        "step": case and case.step,
        "reason": case.progress.reason if case else run.refused,
        "path": path,
        "overdue": case is not None and any(wait.is_overdue for wait in active_waits(case)),
        "situation": run.sample.situation,
        "happened": [entry.describe() for entry in passed],
    }
