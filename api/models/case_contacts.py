"""What agencies and the victim of a case were sent, and who to contact at an agency."""

from datetime import date, datetime

from pydantic import BaseModel, Field, computed_field

from api.models.base import REF_EXAMPLE, FromDomain
from domain.wording.asks import describe_status, title_ask

_ASK_KEY = f"{REF_EXAMPLE}.2.trace:probation"


class DeliveryAttemptResponse(FromDomain):
    """An attempt to reach an agency."""

    number: int = Field(examples=[1])
    outcome: str = Field(
        description="sending: not finished; unknown: its process ended before the outcome was stored.",
        examples=["delivered"],
    )
    error: str = Field(examples=[""])
    agency: str = Field(description="Its id in the directory.", examples=["eastmoor-probation"])
    channel: str = Field(examples=["http"])
    address: str = Field(examples=["https://asks.probation.example/rj"])
    at: datetime


class AskResponse(FromDomain):
    """A request to an agency, a reminder of it, its cancellation, or an update about the case."""

    key: str = Field(examples=[_ASK_KEY])
    ref: str = Field(examples=[REF_EXAMPLE])
    kind: str = Field(description="ask, reminder, ask_cancelled or case_update.", examples=["ask"])
    agency: str = Field(description="As the case names it.", examples=["probation"])
    question: str | None = Field(examples=["trace"])
    due_on: date | None
    reminder: int = Field(description="0: the first request; else the number of the reminder.", examples=[0])
    cancels: str | None = Field(description="The key of the request that is cancelled.", examples=[_ASK_KEY])
    outcome: str = Field(description="That of the last attempt.", examples=["delivered"])
    error: str = Field(examples=[""])
    failing_since: datetime | None
    next_try_at: datetime | None
    attempts: list[DeliveryAttemptResponse]

    @computed_field(examples=["Request to probation: trace"])  # type: ignore[prop-decorator]
    @property
    def what(self) -> str:
        """What was sent, and to which agency."""
        return title_ask(self.kind, self.agency, self.question)

    @computed_field(examples=["Delivered."])  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """How far it has got, and what can be done about it."""
        return describe_status(self.kind, self.agency, self.outcome, self.error, self.next_try_at)


class AsksResponse(BaseModel):
    """What agencies were sent about a case."""

    asks: list[AskResponse]


class VictimMessageResponse(FromDomain):
    """A message to the victim, sent or to be sent."""

    key: str = Field(examples=[f"{REF_EXAMPLE}.4.victim"])
    message: str = Field(description="What it is about.", examples=["milestone"])
    wording: list[str] = Field(description="The words, in lines.", examples=[["We have received your request."]])
    at: datetime = Field(description="Its date, in the case's time; the other moments are real times.")
    queued_at: datetime = Field(description="When it was queued.")
    state: str = Field(
        description="waiting, sent, delivered, failed, withheld or by_hand.",
        examples=["delivered"],
    )
    form: str | None = Field(description="How it is sent.", examples=["email"])
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str = Field(description="Why it was not sent or delivered: a code.", examples=[""])
    resolved_by: str | None = Field(description="Who told the victim in person.", examples=["staff:c.okafor"])
    next_update_on: date | None = Field(description="When the victim was promised the next update.")


class VictimMessagesResponse(BaseModel):
    """The messages to the victim, newest first."""

    messages: list[VictimMessageResponse]


class AgencyContactResponse(FromDomain):
    """An agency that a case is waiting for, as the directory has it today."""

    waiting_on: str = Field(description="The agency as the case names it.", examples=["probation"])
    agency: str = Field(examples=["eastmoor-probation"])
    name: str = Field(examples=["Eastmoor Probation"])
    channel: str = Field(description="How it receives requests.", examples=["http"])
    contact: str = Field(description="Who to contact there; empty: not known.", examples=["Duty desk, 01632 960001"])
    works_on: str = Field(description="Its working days.", examples=["mon-fri"])


class AgencyContactsResponse(BaseModel):
    """The agencies that a case is waiting for; one that the directory does not have is left out."""

    agencies: list[AgencyContactResponse]
