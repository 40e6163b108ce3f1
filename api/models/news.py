"""What is new to somebody in cases since they last saw them."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, REF_EXAMPLE, FromDomain, StrictBody


class Seen(StrictBody):
    """How far a case was seen."""

    version: int = Field(ge=1, le=10**9, description="The case's version that was shown.", examples=[7])


class NewEntryResponse(FromDomain):
    """An entry that you have not seen."""

    version: int = Field(examples=[8])
    event: str = Field(examples=["note_added"])
    by: dict[str, str] = Field(examples=[{"role": "caseworker", "id": ACCOUNT_EXAMPLE}])
    at: datetime
    has_note: bool = Field(description="Whether it has a note in the vault.")


class CaseNewsResponse(BaseModel):
    """What others have recorded in a case since you last saw it, newest first."""

    entries: list[NewEntryResponse]


class CaseWithNewsResponse(FromDomain):
    """A case of yours in which something is new."""

    ref: str = Field(examples=[REF_EXAMPLE])
    area: str = Field(examples=["eastmoor"])
    step: str = Field(examples=["preparing"])
    entries: int = Field(description="How many entries are new; 100 at most.", examples=[3])
    at: datetime = Field(description="When the last of them was recorded.")
    last_event: str = Field(examples=["consent_recorded"])


class NewsResponse(BaseModel):
    """Your cases in which something is new, the latest first."""

    cases: list[CaseWithNewsResponse]
