"""What the vault holds of a case, as it travels over HTTP to staff."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.agency_bodies import Written
from application.notes import Note

_NAME, _EMAIL, _PHONE = "Wilhelmina Ashdown", "w.ashdown@example.org", "01632 960001"
_ADDRESS = "3 Mill Lane, Eastmoor, EM1 2AB"


class NoteShown(BaseModel):
    """A free text beside an entry."""

    version: int = Field(description="The number of the entry.", examples=[3])
    at: datetime
    event: str = Field(examples=["trace_answered"])
    by: dict[str, Any] = Field(examples=[{"role": "caseworker", "id": "c.okafor", "on_behalf_of": "charity"}])
    note: str = Field(description="Its id in the vault.", examples=["7b0c2f0e-8d0a-5b1e-9f2b-0c6f6f0f7a11"])
    text: str | None = Field(description="null: it is no longer kept.", examples=["She would rather be written to."])

    @classmethod
    def of(cls, note: Note) -> "NoteShown":
        """The note as it is answered."""
        entry = note.entry
        return cls(version=entry.version, at=entry.at, event=entry.event, by=entry.by, note=entry.note, text=note.text)


class NotesShown(BaseModel):
    """The notes of a case."""

    notes: list[NoteShown]


class VictimShown(BaseModel):
    """How a victim is reached; empty: not known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", examples=[_ADDRESS])
    language: str = Field(default="en", examples=["cy"])
    needs: list[str] = Field(default_factory=list, description="What they need.", examples=[["large print"]])


class VictimChanges(Written):
    """What is to be corrected of how a victim is reached: what is left out stays; empty: no longer known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", description="Its lines with commas between.", examples=[_ADDRESS])
    language: str = Field(default="", description="Such as en or cy.", examples=["cy"])
