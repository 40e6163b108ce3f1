"""Reconciliation: what its passes compare, how far they have come, and the port that makes them."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class PassResult:
    """How far a pass has come, and what it found: `position` is the last reference, `done` says that none is left.

    `compared` cases were compared by what Temporal's lists say, `checked` were asked one by one, and `unanswered` of
    these did not answer; `findings` counts the differences.
    """

    position: str = ""
    compared: int = 0
    checked: int = 0
    unanswered: int = 0
    findings: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case's stage and step in a list: the case file's, or Temporal's."""

    ref: CaseRef
    stage: str
    step: str


@dataclass(frozen=True, slots=True)
class PassLimit:
    """How much of its work a pass does in one run: `seconds`, and how many `cases` at most (0: all)."""

    seconds: float
    cases: int = 0


class ReconciliationPasses(Protocol):
    """Compares the case file with the workflows, and stores the differences.

    Each pass continues from `so_far`, and yields its result so far again and again.
    """

    def recheck_findings(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Check the cases with a finding, and those whose workflow Temporal reports as failing."""

    def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Compare every open case, and every running workflow, by what lists say; check those that differ."""

    def check_next(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        """Check so many open cases, those after the last ones that were checked."""
