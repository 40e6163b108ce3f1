"""A morning digest: what is new, what is stuck, and how much there is, for a supervisor's areas or somebody's cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.days import format_day
from domain.vocabulary import Step
from domain.wording.staff import STEP_LABELS


@dataclass(frozen=True, slots=True)
class DigestCase:
    """A stuck case: why, and for each reason what can be done."""

    ref: str
    area: str
    assigned_to: str
    why: str
    actions: tuple[str, ...]

    @property
    def line(self) -> str:
        """What is said of it."""
        return f"{self.ref} ({self.area}, {self.assigned_to or 'unassigned'}): {self.why}"


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of `day` for the account `member`. `alerts` are the latest first; `until` is the id of the last one.

    `transfers` are what other areas propose to hand over.

    `open`, `overdue`, `unassigned` and `with_supervisors` count cases, about a minute ago. One that `is_own` is a
    caseworker's, about their own cases.
    """

    member: str
    day: date
    alerts: tuple[str, ...]
    stuck: tuple[DigestCase, ...]
    open: int
    overdue: int
    unassigned: int
    with_supervisors: int = 0
    until: int = 0
    is_own: bool = False
    transfers: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The day, and how many alerts and overdue cases there are."""
        new = f"{len(self.alerts)} new" if self.alerts else "nothing new"
        return f"{format_day(self.day)}: {new}, {self.overdue} overdue"

    @property
    def counts(self) -> str:
        """How much there is."""
        if self.is_own:
            return (
                f"Your open cases: {self.open}. Overdue: {self.overdue}. Unassigned in your areas: {self.unassigned}."
            )
        return (
            f"Open: {self.open}. Overdue: {self.overdue}. Unassigned: {self.unassigned}. "
            f"Waiting for a supervisor: {self.with_supervisors}."
        )

    @property
    def nothing_new(self) -> str:
        """What is said where nothing is new."""
        return NOTHING_NEW_TO_YOU if self.is_own else NOTHING_NEW

    @property
    def lines(self) -> tuple[str, ...]:
        """The digest as text."""
        alerts = ["NEW", *(f"- {alert}" for alert in self.alerts)] if self.alerts else [self.nothing_new]
        stuck = [NOTHING_STUCK]
        if self.stuck:
            stuck = ["STUCK CASES, MOST URGENT FIRST"]
            for case in self.stuck:
                stuck += [f"- {case.line}", *(f"  {action}" for action in case.actions)]
        transfers = ["PROPOSED BY OTHER AREAS", *(f"- {line}" for line in self.transfers), ""] if self.transfers else []
        return (self.counts, "", *alerts, "", *transfers, *stuck)


NOTHING_NEW = "Nothing new since your last digest."
NOTHING_NEW_TO_YOU = "Nothing new in your cases since you last saw them."
NOTHING_STUCK = "Nothing is stuck."
"""In the digest, where there is nothing."""


def describe_transfer(ref: str, to_area: str, step: str, flags: Sequence[str], proposed_on: date, due_on: date) -> str:
    """Say all that a supervisor of `to_area` may know of a case that is proposed to it, and how to answer."""
    facts = ", ".join((STEP_LABELS[Step(step)], *(flag.replace("_", " ") for flag in flags)))
    return (
        f"{ref} to {to_area}: {facts}; proposed on {format_day(proposed_on)}, answer due on {format_day(due_on)}. "
        f"rj record {ref} transfer_accepted, or transfer_declined"
    )


def describe_news(ref: str, entries: int, last_event: str) -> str:
    """Say how much is new in a case, and what the last of it is."""
    return f"{ref}: {entries} new {'entry' if entries == 1 else 'entries'}, the last one {last_event}. rj show {ref}"
