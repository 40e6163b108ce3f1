"""How a case's file and the workflow that runs the case can differ.

A finding is stored as one line: its code, then its facts, separated by spaces. Facts are codes, versions, counts and
names of fields, never text that somebody wrote.
"""

from enum import StrEnum


class FindingKind(StrEnum):
    """Why a case with a finding is stuck."""

    WORKFLOW_FAILING = "workflow_failing"
    STATE_MISMATCH = "state_mismatch"


class FindingCode(StrEnum):
    """The findings."""

    TASK_FAILING = "task_failing"
    """The case's own code fails repeatedly. Facts: what Temporal reports."""
    WRITE_FAILING = "write_failing"
    """A batch cannot be written to the case file. Facts: how many attempts, and the kind of the last failure."""
    ASK_BREAKING_OFF = "ask_breaking_off"
    """An ask, or its cancellation, fails on our side before its outcome is known. Facts: the same."""
    DUE_EVENT_REFUSED = "due_event_refused"
    """A date has come, and the process refuses what the clock has to record. Facts: the events."""
    NO_CASE = "no_case"
    """The case runs, and the case file does not have it."""
    NO_WORKFLOW = "no_workflow"
    """The case is open in the case file, and nothing runs it."""
    SEQUENCE_CONFLICT = "sequence_conflict"
    """The case file could not take a batch, and the case writes nothing more."""
    BEHIND = "behind"
    """The case has more to write, and it does not get there. Facts: the file's version, and the case's."""
    DIFFERS = "workflow_differs"
    """The two say different things. Facts: the fields."""


KIND_OF: dict[FindingCode, FindingKind] = {
    FindingCode.TASK_FAILING: FindingKind.WORKFLOW_FAILING,
    FindingCode.WRITE_FAILING: FindingKind.WORKFLOW_FAILING,
    FindingCode.ASK_BREAKING_OFF: FindingKind.WORKFLOW_FAILING,
    FindingCode.DUE_EVENT_REFUSED: FindingKind.WORKFLOW_FAILING,
    FindingCode.NO_CASE: FindingKind.STATE_MISMATCH,
    FindingCode.NO_WORKFLOW: FindingKind.STATE_MISMATCH,
    FindingCode.SEQUENCE_CONFLICT: FindingKind.STATE_MISMATCH,
    FindingCode.BEHIND: FindingKind.STATE_MISMATCH,
    FindingCode.DIFFERS: FindingKind.STATE_MISMATCH,
}
