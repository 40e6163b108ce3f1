"""Reconciliation: what its passes compare, how far they have come, and the port that makes them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.findings import FindingKind
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


class RecheckQueue(Protocol):
    """The cases that the next pass checks."""

    async def queue_recheck(self, ref: CaseRef) -> None:
        """Have the case `ref` checked in the next pass."""

    async def dequeue(self, ref: CaseRef) -> None:
        """Take the case `ref` from the queue, since it needs no check any more."""


class ReconciliationPasses(Protocol):
    """Compares the case file with the workflows, and stores the differences.

    Each pass continues from `so_far`, and yields its result so far again and again.
    """

    def recheck_findings(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Check the cases with a finding, and those whose workflow Temporal reports as failing."""

    def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """Compare every open case, and every running workflow, by what lists say; check those that differ."""

    def check_next(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        """Check the next `cases` open cases after the last ones that were checked."""


FindingDetails = Mapping[FindingKind, str]
"""The findings about a case: for each kind a code and its facts; empty where all is well."""


class Findings(Protocol):
    """Stores findings, and since when they are so."""

    async def save(self, ref: CaseRef, area: str, details: FindingDetails) -> None:
        """Store the findings about the case `ref`, in place of others. One that was there keeps its beginning."""

    async def mark_checked(self, ref: CaseRef) -> None:
        """The case `ref` was checked now, and did not answer: its findings stay."""

    async def list_refs(self) -> Sequence[CaseRef]:
        """The cases with findings and those that a worker has queued, the one that was checked longest ago first."""


class Checkpoints(Protocol):
    """Stores how far each pass has come, from one run to the next."""

    async def get_position(self, name: str) -> str:
        """The reference after which the pass continues; empty: from the beginning."""

    async def save_position(self, name: str, position: str) -> None:
        """The pass has come to `position`; empty: it has ended."""
