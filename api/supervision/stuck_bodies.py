"""What is stuck, as it is answered over HTTP."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.agency_bodies import PauseShown, Shown
from api.cases.contacts import WhomShown
from api.cursors import Next
from application.agency_contacts import AgencyContact, contact_line
from application.stuck import StuckOverview
from queries.stuck import StuckCase


class ReasonShown(Shown):
    """One reason why a case is stuck."""

    kind: str = Field(examples=["overdue"])
    since: datetime
    why: str = Field(examples=["Waits for the trace by the probation service, on the probation service, since …"])
    who: str = Field(description="Who can act.", examples=["a supervisor"])
    can_do: str = Field(
        description="What they can do about it.",
        examples=["record its answer on its behalf (trace_answered), or name another agency"],
    )
    facts: dict[str, Any] = Field(
        description="The codes, dates and counts behind it; which there are depends on the kind.",
        examples=[{"wait": "trace:probation", "waiting_on": "probation", "working_days_over": 3, "chases": 1}],
    )


class StuckShown(Shown):
    """A case that is stuck, with every reason, the most harmful first, and whom to ring about it."""

    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    version: int = Field(examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    on_hold: bool
    assigned_to: str = Field(examples=["c.okafor"])
    received_at: datetime
    step_since: datetime
    victim_updated_on: date | None
    kind: str = Field(description="For what it stands where it does.", examples=["overdue"])
    since: datetime
    reasons: list[ReasonShown]
    agencies: list[WhomShown]


class UnmatchedItemShown(Shown):
    """A message or a finding under a reference that the case file does not know."""

    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    reason: ReasonShown


class StuckList(BaseModel):
    """A part of the list of what is stuck, by harm, then the longest first."""

    pauses: list[PauseShown] = Field(
        description="Asks that somebody has paused, all of them or those to an agency; with the first part only."
    )
    cases: list[StuckShown]
    unmatched: list[UnmatchedItemShown] = Field(
        description="What is stuck that no case has; with the first part, for who asks for all areas and sees them."
    )
    more_unmatched: bool = Field(description="Whether there are more of these: a higher `limit` shows more.")
    next: Next


COLUMNS = (
    *(name for name in StuckShown.model_fields if name not in ("reasons", "agencies")),
    *("reasons", "why", "can_do", "agencies"),
)
"""Those of a table of stuck cases."""


def stuck_list(found: StuckOverview, further: str | None) -> StuckList:
    """What was found as it is answered; `further` is the cursor of the next part."""
    return StuckList(
        pauses=[PauseShown.model_validate(each) for each in found.pauses],
        cases=[_stuck_shown(case, whom) for case, whom in zip(found.part.cases, found.contacts, strict=True)],
        unmatched=[UnmatchedItemShown.model_validate(each) for each in found.unmatched.items],
        more_unmatched=found.unmatched.has_more,
        next=further,
    )


def stuck_rows(found: StuckOverview) -> Iterator[Mapping[str, object]]:
    """Stuck cases as rows of a table: one for each case, its reasons and whom to ring in words."""
    for case, whom in zip(found.part.cases, found.contacts, strict=True):
        yield {
            **_stuck_shown(case, whom).model_dump(mode="json"),
            "reasons": " ".join(each.kind for each in case.reasons),
            "why": " ".join(each.why for each in case.reasons),
            "can_do": " ".join(each.can_do for each in case.reasons),
            "agencies": " ".join(contact_line(each) for each in whom),
        }


def _stuck_shown(case: StuckCase, whom: Sequence[AgencyContact]) -> StuckShown:
    fields = {name: getattr(case, name) for name in StuckShown.model_fields if name != "agencies"}
    return StuckShown.model_validate({**fields, "agencies": whom}, from_attributes=True)
