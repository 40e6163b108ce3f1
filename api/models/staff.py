"""The register of staff, and who is signed in."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.models.base import FromDomain, NextCursor, StrictBody
from domain.people import StaffRole
from domain.vocabulary import Flag

_ROLES: dict[str, Any] = {"items": {"type": "string", "enum": [role.value for role in StaffRole]}}
_FLAGS: dict[str, Any] = {"items": {"type": "string", "enum": [flag.value for flag in Flag]}}
_ACCREDITED = "The last day of their accreditation as a facilitator; null: they do not facilitate."
_SPECIALIST = "The flags of cases for which they have the specialist training."
_LANGUAGES = "ISO 639 codes of the languages in which they can facilitate, besides English."
_CO_FACILITATORS = "Accounts of those they facilitate with."
_NAME = "As victims read it in messages about their cases; empty: not said."
_PHONE = "Where victims reach them; empty: the number of the area."
_AREAS = "Police-force areas; `*`: all areas."


class MemberFields(StrictBody):
    """The fields of every member of staff."""

    areas: list[str] = Field(default_factory=list, description=_AREAS, examples=[["eastmoor"]])
    email: str = Field(
        default="",
        description="Where the service writes to them; empty: they receive no emails.",
        examples=["d.webb@example.org"],
    )
    accredited_until: date | None = Field(default=None, strict=False, description=_ACCREDITED, examples=["2028-03-31"])
    specialist_in: list[str] = Field(
        default_factory=list, description=_SPECIALIST, json_schema_extra=_FLAGS, examples=[["domestic_abuse"]]
    )
    languages: list[str] = Field(default_factory=list, description=_LANGUAGES, examples=[["cy", "pl"]])
    co_facilitators: list[str] = Field(default_factory=list, description=_CO_FACILITATORS, examples=[["g.novak"]])
    name: str = Field(default="", description=_NAME, examples=["Delia Webb"])
    phone: str = Field(default="", description=_PHONE, examples=["01632 960010"])


class NewMember(MemberFields):
    """A member of staff to be added before their first sign-in."""

    id: str = Field(description="Their account, as in their tokens.", examples=["d.webb"])
    roles: list[str] = Field(json_schema_extra=_ROLES, examples=[["caseworker"]])


class MemberUpdate(MemberFields):
    """Changes of a member of staff: what is left out stays. Their next sign-in sets their roles and areas."""

    roles: list[str] = Field(default_factory=list, json_schema_extra=_ROLES, examples=[["caseworker"]])
    active: bool = Field(default=True, description="False: they cannot sign in, whatever their token says.")


class MemberResponse(FromDomain):
    """A member of staff."""

    id: str = Field(examples=["d.webb"])
    roles: list[str] = Field(examples=[["caseworker"]])
    areas: list[str] = Field(description=_AREAS, examples=[["eastmoor"]])
    email: str = Field(examples=["d.webb@example.org"])
    name: str = Field(description=_NAME, examples=["Delia Webb"])
    phone: str = Field(description=_PHONE, examples=["01632 960010"])
    active: bool = Field(description="False: they cannot sign in, and their cases count as unassigned.")
    accredited_until: date | None = Field(description=_ACCREDITED, examples=["2028-03-31"])
    specialist_in: list[str] = Field(description=_SPECIALIST, examples=[["domestic_abuse"]])
    languages: list[str] = Field(description=_LANGUAGES, examples=[["cy", "pl"]])
    co_facilitators: list[str] = Field(description=_CO_FACILITATORS, examples=[["g.novak"]])
    cases: int = Field(description="The open cases that they facilitate.", examples=[4])
    entered_by: str = Field(
        description="Who added them; empty: they were added by their first sign-in.", examples=["staff:o.haddad"]
    )
    seen_at: datetime | None = Field(description="When they last signed in, at most an hour behind; null: never.")


class MemberListResponse(BaseModel):
    """A page of the register, by account."""

    staff: list[MemberResponse]
    next: NextCursor


class MeResponse(BaseModel):
    """Who is signed in, as their token says."""

    id: str = Field(examples=["s.lindqvist"])
    roles: list[str] = Field(examples=[["supervisor"]])
    areas: list[str] | None = Field(description="null: all areas.", examples=[["eastmoor"]])
