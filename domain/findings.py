"""What can be wrong between a case, its file and the engine that runs it: codes with facts, and what staff read.

A finding is kept as one line: its code, then its facts, parted by spaces. Facts are codes, versions, counts and names
of fields: nothing that anybody wrote.
"""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """Which kind of stuck a finding makes of a case."""

    WORKFLOW_FAILING = "workflow_failing"
    STATE_MISMATCH = "state_mismatch"


class FindingCode(StrEnum):
    """What is found."""

    TASK_FAILING = "task_failing"
    """The case's own code fails, time and again. Facts: as what Temporal reports it."""
    WRITE_FAILING = "write_failing"
    """A page does not get into the case file. Facts: how many attempts, and the kind of the last failure."""
    ASK_BREAKING_OFF = "ask_breaking_off"
    """An ask, or the word that it is over, breaks off before it is known what came of it. Facts: the same."""
    NO_CASE = "no_case"
    """The case runs, and the case file does not have it."""
    NO_WORKFLOW = "no_workflow"
    """The case is open in the case file, and nothing runs it."""
    SEQUENCE_CONFLICT = "sequence_conflict"
    """The case file could not take a page, and the case writes nothing more."""
    BEHIND = "behind"
    """The case has more to write, and it does not get there. Facts: the file's version, and the case's."""
    DIFFERS = "workflow_differs"
    """The two say different things. Facts: the fields."""


KIND_OF: dict[FindingCode, FindingKind] = {
    FindingCode.TASK_FAILING: FindingKind.WORKFLOW_FAILING,
    FindingCode.WRITE_FAILING: FindingKind.WORKFLOW_FAILING,
    FindingCode.ASK_BREAKING_OFF: FindingKind.WORKFLOW_FAILING,
    FindingCode.NO_CASE: FindingKind.STATE_MISMATCH,
    FindingCode.NO_WORKFLOW: FindingKind.STATE_MISMATCH,
    FindingCode.SEQUENCE_CONFLICT: FindingKind.STATE_MISMATCH,
    FindingCode.BEHIND: FindingKind.STATE_MISMATCH,
    FindingCode.DIFFERS: FindingKind.STATE_MISMATCH,
}

OPERATORS = "the people who run the service"
OPERATORS_OR_SUPERVISOR = "a supervisor, or the people who run the service"


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding as staff read it: why the case is stuck, who can act, and what they can do."""

    why: str
    who: str
    can_do: str


def describe_finding(detail: str) -> FindingText:
    """What staff read of a finding kept as `detail`. One that this version does not know is shown as it stands."""
    word, *facts = detail.split()
    try:
        code = FindingCode(word)
    except ValueError:
        return FindingText(f"Something is wrong with the case: {detail}.", OPERATORS, "They look into it.")
    why, who, can_do = _WORDINGS[code]
    return FindingText(why.format(facts=_facts(code, facts)).replace(" ()", ""), who, can_do)


def _facts(code: FindingCode, facts: list[str]) -> str:
    match code, facts:
        case FindingCode.WRITE_FAILING | FindingCode.ASK_BREAKING_OFF, [attempts, failure]:
            return f"{attempts} attempts, the last one failed with {failure}"
        case FindingCode.BEHIND, [written, believed]:
            return f"it is at version {written}, the case at {believed}"
        case _:
            return ", ".join(each.replace("_", " ") for each in facts)


_WORDINGS: dict[FindingCode, tuple[str, str, str]] = {
    FindingCode.TASK_FAILING: (
        "The service's own code fails on this case ({facts}): what is recorded is kept, and does not move it.",
        OPERATORS,
        "Run the workers' last version again; the case then goes on where it was.",
    ),
    FindingCode.WRITE_FAILING: (
        "What the case has recorded does not get into its file ({facts}), so what is shown may be old.",
        OPERATORS,
        "Bring back what the failure names; the page is tried again by itself, at least every ten seconds.",
    ),
    FindingCode.ASK_BREAKING_OFF: (
        "What the case has to ask an agency, or to tell it, breaks off on our side ({facts}).",
        OPERATORS,
        "Bring back what the failure names, or look into the workers' logs; it is tried again by itself.",
    ),
    FindingCode.NO_CASE: (
        "The case runs, and the case file does not have it.",
        OPERATORS,
        "Look whether a database was restored, or a case was started by hand.",
    ),
    FindingCode.NO_WORKFLOW: (
        "The case is open in its file, and nothing runs it: it takes no events, and none of its dates comes.",
        OPERATORS,
        "Look whether its workflow was ended by hand, or Temporal was restored.",
    ),
    FindingCode.SEQUENCE_CONFLICT: (
        "The case file holds something else than the case has to write, and the case has stopped writing.",
        OPERATORS,
        "Write nothing by hand; look whether something was restored, or runs twice.",
    ),
    FindingCode.BEHIND: (
        "The case file does not get what the case has to write: {facts}.",
        OPERATORS,
        "Look whether workers run and reach the database; the page is tried again by itself.",
    ),
    FindingCode.DIFFERS: (
        "The case file and the case itself say different things ({facts}).",
        OPERATORS_OR_SUPERVISOR,
        "Compare them with rj reconcile, and have the file rewritten from the case with --fix.",
    ),
}
