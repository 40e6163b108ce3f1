"""Messages that were received and not delivered to their cases, and the findings of reconciliation."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.models.base import REF_EXAMPLE, FromDomain, StrictBody
from ports.inbox import RejectionReason


class InboxDecisionResponse(FromDomain):
    """What somebody decided about a message."""

    decision: str = Field(description="retried or resolved.", examples=["resolved"])
    reason: str | None = Field(examples=["not_delivered"])
    previous_error: str = Field(description="Why it had not been delivered.", examples=["not_in_temporal"])
    by: str = Field(examples=["staff:s.lindqvist"])
    at: datetime


class InboxMessageResponse(FromDomain):
    """A message of the inbox, without its contents."""

    id: int = Field(examples=[1204])
    state: str = Field(
        description="dead_lettered, failing, waiting, unanswered, id_reused or ended.", examples=["dead_lettered"]
    )
    source: str = Field(examples=["agency:eastmoor-probation"])
    message_id: str = Field(examples=["7f3c1f0a"])
    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    event: str = Field(examples=["trace_answered"])
    received_at: datetime
    attempts: int = Field(examples=[3])
    error: str = Field(description="How its last delivery failed.", examples=["unavailable"])
    next_try_at: datetime | None
    behind: int | None = Field(description="The earlier message of the same case that it waits for.", examples=[1203])
    dead_letter_reason: str | None = Field(description="Why it is not tried any more.", examples=["not_in_temporal"])
    delivered_at: datetime | None
    outcome: str | None = Field(examples=["refused"])
    reason: str | None = Field(examples=["not_asked"])
    resolved_at: datetime | None
    id_reuses: int = Field(description="How often its id was used again for something else.", examples=[0])
    id_reused_at: datetime | None
    why: str = Field(examples=["It was not delivered, and is not tried any more."])


class InboxListResponse(BaseModel):
    """Messages that somebody should look at, the dead-lettered ones first."""

    messages: list[InboxMessageResponse]
    more: bool = Field(description="Whether there are more: raise `limit`.")


class InboxMessageDetailResponse(BaseModel):
    """A message, and what was decided about it."""

    message: InboxMessageResponse
    decisions: list[InboxDecisionResponse]


class Rejection(StrictBody):
    """Why a dead-lettered message is not delivered."""

    reason: RejectionReason = Field(description="What its sender reads.", examples=["not_delivered"])


class FindingResponse(FromDomain):
    """A difference between the case file and Temporal."""

    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    kind: str = Field(description="state_mismatch or workflow_failing.", examples=["state_mismatch"])
    detail: str = Field(examples=["differs step"])
    since: datetime
    sentence: str = Field(examples=["The case file and the workflow disagree about: step."])


class FindingsResponse(BaseModel):
    """What reconciliation has found, the oldest first."""

    findings: list[FindingResponse]
    more: bool = Field(description="Whether there are more: raise `limit`.")
