"""The input and the result of a case's workflow.

Apart from the workflow, because the sandbox loads the workflow's own module again for each case: a class in it would be
another one each time, and the converter would build a schema for each.
"""

from dataclasses import dataclass
from typing import Any

from domain.rules import Rules
from workflows.case_log import CarryOver
from workflows.clock import REAL_TIME, CaseClock


@dataclass(frozen=True, slots=True)
class CaseStart:
    """What a case starts with: its reference, the record of its `request_received`, its clock, and its rules.

    `carried` is what the run before left; `request` and `rules` are not read again then. Without `rules` a case begins
    under those that come with the service.
    """

    ref: str
    request: dict[str, Any]
    clock: CaseClock = REAL_TIME
    carried: CarryOver | None = None
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How a case ended, when its aftercare is over."""

    ref: str
    stage: str
    reason: str | None
