"""Cases that are stuck, and why; and a supervisor's morning digest of them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.models.agencies import AgencyPauseResponse
from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain, NextCursor
from api.models.case_contacts import AgencyContactResponse
from api.models.cases import TransferResponse


class StuckReasonResponse(FromDomain):
    """A reason why a case is stuck."""

    kind: str = Field(examples=["overdue"])
    since: datetime
    why: str = Field(examples=["Waiting for the probation service to trace the offender, since …"])
    who: str = Field(description="Who can act.", examples=["a supervisor"])
    can_do: str = Field(
        description="What they can do about it.",
        examples=["record its answer on its behalf (trace_answered), or name another agency"],
    )
    facts: dict[str, Any] = Field(
        description="The codes, dates and counts of this kind of reason.",
        examples=[{"wait": "trace:probation", "waiting_on": "probation", "working_days_over": 3, "chases": 1}],
    )


class StuckCaseResponse(FromDomain):
    """A case that is stuck, with every reason, the most harmful first, and who to contact."""

    ref: str = Field(examples=[REF_EXAMPLE])
    version: int = Field(examples=[5])
    area: str = Field(examples=["eastmoor"])
    stage: str = Field(examples=["requested"])
    step: str = Field(examples=["tracing"])
    on_hold: bool
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    received_at: datetime
    step_since: datetime
    victim_updated_on: date | None = Field(description="When the victim was last updated.")
    kind: str = Field(description="The most harmful reason: the list is sorted by it.", examples=["overdue"])
    since: datetime = Field(description="Since when it is stuck for that reason.")
    contact: str = Field(examples=["Victim last updated on 2 March 2026."])
    reasons: list[StuckReasonResponse]
    agencies: list[AgencyContactResponse] = Field(default_factory=list)


class UnmatchedItemResponse(FromDomain):
    """A message or a finding with a reference that the case file does not know."""

    ref: str = Field(examples=[REF_EXAMPLE])
    reason: StuckReasonResponse


class StuckListResponse(BaseModel):
    """A page of the list of stuck cases, by harm, then the longest first."""

    pauses: list[AgencyPauseResponse] = Field(
        description="Paused requests to all agencies or to one of them; with the first page only."
    )
    transfers: list[TransferResponse] = Field(
        description="What other areas propose to hand over to yours, the first due first; with the first page only, if "
        "you are a supervisor. Record `transfer_accepted` or `transfer_declined` in the case."
    )
    cases: list[StuckCaseResponse]
    unmatched: list[UnmatchedItemResponse] = Field(
        description="What belongs to no case; with the first page, if you see all areas and ask for all of them."
    )
    more_unmatched: bool = Field(description="Whether there are more of these: raise `limit`.")
    next: NextCursor


class DigestResponse(FromDomain):
    """What your next morning digest would say now."""

    subject: str = Field(examples=["2 March 2026: 3 new, 12 overdue"])
    lines: list[str] = Field(description="Its text.", examples=[["Open: 41. Overdue: 12."]])
    open: int = Field(examples=[41])
    overdue: int = Field(examples=[12])
    unassigned: int = Field(examples=[2])
    with_supervisors: int = Field(description="Waiting for a supervisor.", examples=[4])
