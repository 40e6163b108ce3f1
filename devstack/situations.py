"""The situations that the samples go through: what must have happened in each of them, and what did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import asyncpg
from rich.table import Table

from devstack.runner import SampleRun
from devstack.samples import End
from domain.agency_updates import UpdateKind
from domain.case import Case, active_waits
from domain.vocabulary import Step
from ports.case_file import Entry
from queries.case_history import CaseHistory
from queries.demonstration import DemonstrationQueries

_CODES = ("answer", "result", "what", "change", "reason")
"""The fields of an event that say most about it."""


@dataclass(frozen=True, slots=True)
class PastEntry:
    """An entry of a case, as far as a situation is about it; `by` is the agency that it comes from, if it is one."""

    event: str
    step: Step
    day: date
    codes: tuple[str, ...] = ()
    by: str = ""

    def describe(self) -> str:
        """The entry in a few words."""
        by = f" by {self.by.replace('_', ' ')}" if self.by else ""
        codes = f" ({', '.join(self.codes).replace('_', ' ')})" if self.codes else ""
        return f"{self.day.day} {self.day:%b}: {self.event.replace('_', ' ')}{by}{codes}"


@dataclass(frozen=True, slots=True)
class Course:
    """What happened in a case: its entries, and what each kind of agency was told of it."""

    entries: tuple[PastEntry, ...] = ()
    told: Mapping[str, frozenset[UpdateKind]] = field(default_factory=dict)


def find_passed(end: End, course: Course) -> tuple[PastEntry, ...]:
    """The entries that a situation is about, in order, up to the first one that is missing."""
    passed, entries = [], iter(course.entries)
    for event, step in end.passes:
        entry = next((entry for entry in entries if entry.event == event and step in (None, entry.step)), None)
        if entry is None:
            break
        passed.append(entry)
    return tuple(passed)


def find_gaps(end: End, case: Case | None, course: Course) -> Iterator[str]:
    """Yield what should have happened on the way to the end, and did not."""
    passed = len(find_passed(end, course))
    yield from (f"no {event}, at {step or 'any step'}" for event, step in end.passes[passed : passed + 1])
    for agency, changes in end.told.items():
        missing = set(changes) - course.told.get(agency, frozenset())
        yield from (f"{agency} was not told: {change}" for change in sorted(missing))
    if case is None:
        return
    yield from (f"no flag {flag}" for flag in sorted(end.flags - case.flags))
    forms = {contact.form for contact in case.progress.contacts}
    if end.form is not None and forms != {end.form}:
        yield f"contact by {', '.join(sorted(forms)) or 'nothing'} instead of {end.form}"
    last_day = case.day_of_request + timedelta(weeks=end.within_weeks or 0)
    if end.within_weeks is not None and (case.progress.ended_on or date.max) > last_day:
        yield f"not at its end after {end.within_weeks} weeks"


async def read_course(pool: asyncpg.Pool, ref: str) -> Course:
    """What the case file says that happened in a case."""
    entries = await CaseHistory(pool).list_entries(ref)
    return Course(tuple(map(_past_entry, entries)), await DemonstrationQueries(pool).list_updates(ref))


def _past_entry(entry: Entry) -> PastEntry:
    by = str(entry.by.get("on_behalf_of") or entry.by.get("kind") or "").partition(":")[0]
    codes = tuple(str(entry.data[name]) for name in _CODES if name in entry.data)
    return PastEntry(entry.event, Step(entry.step), entry.at.date(), codes, by)


def situations_table(runs: Sequence[SampleRun], courses: Mapping[str, Course]) -> Table:
    """Each situation, what happened in it and its end, for people."""
    table = Table(title="Situations that requests went through", show_lines=True)
    table.add_column("situation", max_width=24)
    table.add_column("what happened")
    for run in runs:
        if run.sample.situation:
            passed = [entry.describe() for entry in find_passed(run.sample.end, courses[run.ref])]
            told = [
                f"{agency} told: {', '.join(changes)}".replace("_", " ")
                for agency, changes in run.sample.end.told.items()
                if set(changes) <= courses[run.ref].told.get(agency, frozenset())
            ]
            table.add_row(f"{run.sample.situation}\n{run.ref}", "; ".join([*passed, *told, describe_end(run)]))
    return table


def describe_end(run: SampleRun) -> str:
    """How a case ended, in a few words."""
    case = run.case
    if case is None:
        return f"refused at once ({(run.refused or 'not in the case file').replace('_', ' ')})"
    reason = f" ({case.progress.reason.replace('_', ' ')})" if case.progress.reason else ""
    if not case.is_closed:
        overdue = ", overdue" if any(wait.is_overdue for wait in active_waits(case)) else ""
        return f"still open: {case.step.replace('_', ' ')}{overdue}{reason}"
    return f"ended: {case.stage.replace('_', ' ')}{reason}"
