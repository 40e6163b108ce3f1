"""Messages of agencies that the process refused."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain, StrictBody


class RefusedMessageResponse(FromDomain):
    """A refused message of an agency that was asked; `due_on` is a day of the case's time."""

    id: int = Field(description="Its number in the inbox.", examples=[1204])
    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    assigned_to: str = Field(description="Empty: unassigned.", examples=[ACCOUNT_EXAMPLE])
    source: str = Field(examples=["agency:eastmoor-prison"])
    event: str = Field(examples=["agency_check_answered"])
    data: dict[str, Any] = Field(description="The event's fields.", examples=[{"answer": "objection"}])
    code: str = Field(description="Why it was refused.", examples=["case_closed"])
    detail: str = Field(examples=["agency_check_answered"])
    waiting_on: str = Field(description="Who resolves it: caseworker or supervisor.", examples=["supervisor"])
    due_on: date
    stored_at: datetime
    resolution: str | None = Field(
        description="recorded or no_action; null: nobody has resolved it.", examples=["recorded"]
    )
    resolved_at: datetime | None
    resolved_by: str | None = Field(examples=["staff:s.lindqvist"])
    what: str = Field(examples=["A message from eastmoor-prison of 2 March 2026 was not recorded."])


class RefusedMessageDetailResponse(BaseModel):
    """A refused message with its note."""

    message: RefusedMessageResponse
    text: str | None = Field(description="Its note; null: it has none, or it is erased.", examples=["Please ring us."])


class ResolutionBody(StrictBody):
    """What was done about a refused message."""

    resolution: Literal["recorded", "no_action"] = Field(
        description="recorded: what it says was recorded in another way; no_action: nothing in it needs to be.",
        examples=["recorded"],
    )
