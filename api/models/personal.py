"""The personal details of a case: the notes of its entries, and how its victim is reached."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, StrictBody

_NAME, _EMAIL, _PHONE = "Wilhelmina Ashdown", "w.ashdown@example.org", "01632 960001"
_ADDRESS = "3 Mill Lane, Eastmoor, EM1 2AB"


class NoteResponse(BaseModel):
    """The free text of an entry."""

    version: int = Field(description="The number of the entry.", examples=[3])
    at: datetime
    event: str = Field(examples=["trace_answered"])
    by: dict[str, Any] = Field(examples=[{"role": "caseworker", "id": ACCOUNT_EXAMPLE, "on_behalf_of": "charity"}])
    note: str = Field(description="Its id in the vault.", examples=["7b0c2f0e-8d0a-5b1e-9f2b-0c6f6f0f7a11"])
    text: str | None = Field(description="null: it was erased.", examples=["She would rather receive letters."])


class NotesResponse(BaseModel):
    """The notes of a case, in the order of their entries."""

    notes: list[NoteResponse]


class VictimResponse(BaseModel):
    """How a victim is reached; empty: not known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", examples=[_ADDRESS])
    language: str = Field(default="en", examples=["cy"])
    needs: list[str] = Field(default_factory=list, description="What they need.", examples=[["large print"]])


class VictimChanges(StrictBody):
    """Corrections of how a victim is reached: what is left out stays; empty: no longer known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", description="Its lines, separated by commas.", examples=[_ADDRESS])
    language: str = Field(default="", description="Such as en or cy.", examples=["cy"])
