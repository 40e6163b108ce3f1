"""Reconciliation: how far a pass has come, and the port that makes the passes."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class PassResult:
    """How far a pass has come, and what it saw: `after` is the last reference, `done` says that none is left.

    `compared` were compared by what Temporal's lists say, `looked_at` asked one by one, `silent` of them did not
    answer; `found` counts the findings that stand.
    """

    after: str = ""
    compared: int = 0
    looked_at: int = 0
    silent: int = 0
    found: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """Where a case stands by what a list says of it: the case file's, or Temporal's."""

    ref: CaseRef
    stage: str
    step: str


@dataclass(frozen=True, slots=True)
class PassLimit:
    """How much of its work a pass does in one run: `seconds`, and how many `cases` at most (0: all)."""

    seconds: float
    cases: int = 0


class ReconciliationPasses(Protocol):
    """Compares the case file with the workflows, and keeps what it finds.

    Each pass begins where `so_far` left off, and yields how far it has come again and again.
    """

    def look_again(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Look at the cases of which something is found, and at those whose engine reports trouble."""

    def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Compare every open case, and every running workflow, by what lists say; look at those that differ."""

    def look_in_turn(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        """Look at so many open cases, those after the last ones that were looked at."""
