"""What agencies were sent about a case, whom to ring there, and what its victim was told, as it is answered."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.agency_bodies import Shown
from queries.case_history import SentAsk


class AskedShown(BaseModel):
    """What agencies were sent about a case, each with every attempt."""

    asks: list[SentAsk]


class MessageShown(Shown):
    """Something that the victim was told, or is to be told."""

    message: str = Field(description="On what occasion.", examples=["milestone"])
    wording: list[str] = Field(description="The words, in lines.", examples=[["We have received your request."]])
    at: datetime = Field(description="When it came up, in the case's time; other moments are real ones.")
    queued_at: datetime
    state: str = Field(examples=["delivered"])
    form: str | None = Field(description="By which way.", examples=["email"])
    sent_at: datetime | None
    delivered_at: datetime | None
    error: str = Field(description="Why it waits, failed, is withheld or told by hand: a code.", examples=[""])
    resolved_by: str | None = Field(description="Who told it by hand.", examples=["staff:c.okafor"])
    next_update_on: date | None = Field(description="By when they were promised to hear again.")


class ToldShown(BaseModel):
    """What the victim was told, the newest first."""

    told: list[MessageShown]


class WhomShown(Shown):
    """An agency that a case waits for, as the directory knows it today."""

    waiting_on: str = Field(description="It as the case names it.", examples=["probation"])
    agency: str = Field(examples=["eastmoor-probation"])
    name: str = Field(examples=["Eastmoor Probation"])
    channel: str = Field(description="How it is asked.", examples=["http"])
    contact: str = Field(description="Whom to ring there; empty: not known.", examples=["Duty desk, 01632 960001"])
    works_on: str = Field(description="On which days.", examples=["mon-fri"])


class WhomList(BaseModel):
    """The agencies that a case waits for; one that the directory does not have is not among them."""

    agencies: list[WhomShown]
