"""What staff read where a case's file and its workflow differ."""

from dataclasses import dataclass

from domain.findings import FindingCode

OPERATORS = "the people who run the service"
OPERATORS_OR_SUPERVISOR = "a supervisor, or the people who run the service"
"""Who can act, in several of the following."""

FINDINGS: dict[FindingCode, tuple[str, str, str]] = {
    FindingCode.TASK_FAILING: (
        "The service's own code fails on this case ({facts}): what is recorded is kept, but has no effect yet.",
        OPERATORS,
        "Run the previous version of the workers again; the case then continues where it was.",
    ),
    FindingCode.WRITE_FAILING: (
        "New entries cannot be written to the case file ({facts}), so what is shown may be out of date.",
        OPERATORS,
        "Restore what the failure names; writing is tried again automatically, at least every ten seconds.",
    ),
    FindingCode.ASK_BREAKING_OFF: (
        "A request or cancellation to an agency fails on our side ({facts}).",
        OPERATORS,
        "Restore what the failure names, or look at the workers' logs; it is tried again automatically.",
    ),
    FindingCode.DUE_EVENT_REFUSED: (
        "A date has come, and the service could not record what follows from it ({facts}).",
        OPERATORS_OR_SUPERVISOR,
        "Do what the date asks for by hand, such as chase an agency, and report it to the people who run the service.",
    ),
    FindingCode.NO_CASE: (
        "The case is running, but the case file does not have it.",
        OPERATORS,
        "Check whether a database was restored, or a case was started by hand.",
    ),
    FindingCode.NO_WORKFLOW: (
        "The case is open in its file, but is not running: it accepts no events, and none of its dates takes effect.",
        OPERATORS,
        "Check whether its workflow was ended by hand, or Temporal restored; then restart it with rj reconcile --fix.",
    ),
    FindingCode.SEQUENCE_CONFLICT: (
        "The case file holds an entry that differs from what the case has to write, and the case has stopped writing.",
        OPERATORS,
        "Check whether something was restored, or runs twice; then restart the case with rj reconcile --fix.",
    ),
    FindingCode.BEHIND: (
        "The case file is missing entries that the case has to write: {facts}.",
        OPERATORS,
        "Check whether workers are running and reach the database; writing is tried again automatically.",
    ),
    FindingCode.DIFFERS: (
        "The case file and the running case disagree ({facts}).",
        OPERATORS_OR_SUPERVISOR,
        "Compare them with rj reconcile, and have the file rebuilt from the case with --fix.",
    ),
}
"""For each finding: why the case is stuck, who can act, and what they can do; `{facts}` are the finding's facts."""


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding in words: why the case is stuck, who can act, and what they can do."""

    why: str
    who: str
    can_do: str


def describe_finding(detail: str) -> FindingText:
    """Describe the finding that is stored as `detail`, also where this version does not know its code."""
    word, *facts = detail.split()
    try:
        code = FindingCode(word)
    except ValueError:
        return FindingText(f"Something is wrong with the case: {detail}.", OPERATORS, "They investigate.")
    match code, facts:
        case FindingCode.WRITE_FAILING | FindingCode.ASK_BREAKING_OFF, [attempts, failure]:
            said = f"{attempts} attempts, the last one failed with {failure}"
        case FindingCode.BEHIND, [written, believed]:
            said = f"it is at version {written}, the case at {believed}"
        case _:
            said = ", ".join(fact.replace("_", " ") for fact in facts)
    why, who, can_do = FINDINGS[code]
    return FindingText(why.format(facts=said).replace(" ()", ""), who, can_do)
