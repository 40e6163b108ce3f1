"""A case as Temporal shows it: its search attributes, its queries, and the text of Temporal's own pages."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.case import Case, active_waits
from domain.json_values import to_json_object
from workflows.case_log import CaseLog, snapshot
from workflows.names import (
    CASE_AREA,
    CASE_DUE_AT,
    CASE_ON_HOLD,
    CASE_OVERDUE,
    CASE_RULES,
    CASE_STAGE,
    CASE_STEP,
    CASE_WAITING_ON,
)


class SearchAttributes:
    """The search attributes as they were last set, so that only changes are sent."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def changes(self, case: Case) -> list[SearchAttributeUpdate[Any]]:
        """What has to be set or unset now."""
        changed = [(key, value) for key, value in attributes(case) if self._values.get(key.name) != value]
        self._values |= {key.name: value for key, value in changed}
        return [key.value_unset() if value is None else key.value_set(value) for key, value in changed]


def attributes(case: Case) -> list[tuple[SearchAttributeKey[Any], Any]]:
    """Each search attribute with its value; None: not set."""
    waits = active_waits(case)
    return [
        (CASE_STAGE, case.stage.value),
        (CASE_STEP, case.step.value),
        (CASE_AREA, case.area),
        (CASE_RULES, f"{case.rules.version}/{case.policy.label}/{case.calendar.name}"),
        (CASE_WAITING_ON, sorted({wait.waiting_on for wait in waits})),
        (CASE_DUE_AT, min((case.calendar.end_of(wait.due_on) for wait in waits), default=None)),
        (CASE_OVERDUE, any(wait.is_overdue for wait in waits)),
        (CASE_ON_HOLD, case.is_on_hold),
    ]


def details(case: Case) -> str:
    """The case in Markdown, for an operator who looks at Temporal's own pages: codes and dates only."""
    lines = [f"**{case.step}**, stage {case.stage}, version {case.version}"]
    lines += [f"- waits on {wait.waiting_on} for {wait.key}, due {wait.due_on}" for wait in active_waits(case)]
    return "\n".join(lines)


def state(log: CaseLog, queued: int, sequence_conflict: str) -> dict[str, Any]:
    """What the query `get_state` answers."""
    return {
        "unwritten": log.unwritten_count + queued,
        "sequence_conflict": sequence_conflict,
        "refused_due": [event.name for event in log.refused_due],
        "case": None if log.case is None else to_json_object(snapshot(log.case)),
    }


def status(log: CaseLog, queued: int, sequence_conflict: str) -> dict[str, Any]:
    """What the query `status` answers."""
    answer = state(log, queued, sequence_conflict)
    case = answer.pop("case") or {}
    case.pop("state", None)
    answer |= {"ref": log.ref, "outstanding": sorted(log.outstanding), **case}
    if log.case is not None:
        answer["limited_access"] = log.case.progress.limited_access
    return answer
