"""The personal details of a case: the notes of its entries, and how its victim is reached."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.models.base import ACCOUNT_EXAMPLE, StrictBody

_NAME, _EMAIL, _PHONE = "Wilhelmina Ashdown", "w.ashdown@example.org", "01632 960001"
_OFFENDER = "Barnaby Quell"
_ADDRESS = "3 Mill Lane, Eastmoor, EM1 2AB"
_SHARED = "Of email, phone and address: what other people read too, so that nothing is sent there."
_LABEL = "Their own words for the case, which each message about it contains."


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


class ReferrerResponse(BaseModel):
    """Who passed a request on to the service."""

    name: str = Field(default="", examples=["Imogen Farrar"])
    organisation: str = Field(default="", examples=["Avonside Police"])
    email: str = Field(default="", examples=["i.farrar@police.example"])
    phone: str = Field(default="", examples=["01632 960002"])
    phone_note: str = Field(default="", examples=["ext 4"])


class VictimResponse(BaseModel):
    """How a victim is reached; empty: not known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", examples=[_ADDRESS])
    language: str = Field(default="en", examples=["cy"])
    needs: list[str] = Field(default_factory=list, description="What they need.", examples=[["large print"]])
    phone_note: str = Field(default="", description="An extension or a remark.", examples=["ext 4"])
    safe_to_leave_message: bool | None = Field(default=None, description="null: nobody asked.", examples=[False])
    safe_times: str = Field(default="", description="When it is safe to ring or text.", examples=["after 6pm"])
    shared: list[str] = Field(default_factory=list, description=_SHARED, examples=[["email"]])
    supporter_name: str = Field(default="", description="Who supports them.", examples=["Orla Ashdown"])
    supporter_phone: str = Field(default="", examples=["01632 960003"])
    case_label: str = Field(default="", description=_LABEL, examples=["the break-in at Mill Lane"])
    date_of_birth: date | None = Field(default=None, examples=["2010-03-09"])
    child_name: str = Field(
        default="", description="The child that a parent or guardian speaks for.", examples=["Ivy Ashdown"]
    )
    child_date_of_birth: date | None = Field(default=None, examples=["2014-02-03"])
    date_of_offence: date | None = Field(default=None, examples=["2026-03-09"])
    referrer: ReferrerResponse | None = Field(default=None, description="Who passed the request on, if anybody.")


class VictimChanges(StrictBody):
    """Corrections of how a victim is reached: what is left out stays; empty: no longer known."""

    name: str = Field(default="", examples=[_NAME])
    email: str = Field(default="", examples=[_EMAIL])
    phone: str = Field(default="", examples=[_PHONE])
    address: str = Field(default="", description="Its lines, separated by commas.", examples=[_ADDRESS])
    language: str = Field(default="", description="Such as en or cy.", examples=["cy"])
    needs: list[str] = Field(default_factory=list, examples=[["large print"]])
    phone_note: str = Field(default="", examples=["ext 4"])
    safe_to_leave_message: bool | None = Field(default=None, examples=[False])
    safe_times: str = Field(default="", examples=["after 6pm"])
    shared: list[str] = Field(default_factory=list, description=_SHARED, examples=[["email"]])
    supporter_name: str = Field(default="", examples=["Orla Ashdown"])
    supporter_phone: str = Field(default="", examples=["01632 960003"])
    case_label: str = Field(default="", description=_LABEL, examples=["the break-in at Mill Lane"])
    date_of_birth: str = Field(default="", examples=["2010-03-09"])
    child_name: str = Field(default="", examples=["Ivy Ashdown"])
    child_date_of_birth: str = Field(default="", examples=["2014-02-03"])


class OffenderResponse(BaseModel):
    """What is known of an offender; empty: not known."""

    name: str = Field(default="", examples=[_OFFENDER])
    date_of_birth: date | None = Field(default=None, examples=["1990-12-31"])
    year_of_birth: int | None = Field(default=None, description="Where the day is not known.", examples=[1990])
    pnc_number: str = Field(default="", examples=["2008/0545166T"])
    nomis_number: str = Field(default="", description="The prison number.", examples=["A1234BC"])
    crn: str = Field(default="", description="The number of the probation case.", examples=["X123456"])
    aliases: list[str] = Field(default_factory=list, description="Other names of theirs.", examples=[["Barney Quell"]])


class OffenderChanges(StrictBody):
    """Corrections of what is known of an offender: what is left out stays; empty: no longer known."""

    name: str = Field(default="", examples=[_OFFENDER])
    date_of_birth: str = Field(default="", description="A date, or a year.", examples=["1990-12-31"])
    year_of_birth: int | None = Field(default=None, examples=[1990])
    pnc_number: str = Field(default="", examples=["2008/0545166T"])
    nomis_number: str = Field(default="", examples=["A1234BC"])
    crn: str = Field(default="", examples=["X123456"])
    aliases: list[str] = Field(default_factory=list, examples=[["Barney Quell"]])
