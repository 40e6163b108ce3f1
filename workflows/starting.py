"""What a case's workflow is given and what it gives back.

Apart from the workflow, because the sandbox makes the workflow's own module anew for each case: a class that stood
there would be another one each time, and the converter would build a schema for each.
"""

from dataclasses import dataclass
from typing import Any

from workflows.case_log import CarryOver
from workflows.clock import REAL_TIME, CaseClock


@dataclass(frozen=True, slots=True)
class CaseStart:
    """What a case starts with: its reference, the record of its `request_received`, and its clock.

    `carried` is what the run before left; `request` is not read again then.
    """

    ref: str
    request: dict[str, Any]
    clock: CaseClock = REAL_TIME
    carried: CarryOver | None = None


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How a case ended, when its aftercare is over."""

    ref: str
    stage: str
    reason: str | None
