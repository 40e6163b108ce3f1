"""The register of staff as it travels over HTTP."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.agency_bodies import Shown, Written
from api.cursors import Next
from domain.people import StaffRole
from ports.staff import Member, MemberChanges, parse_areas, parse_roles

_ROLES: dict[str, Any] = {"items": {"type": "string", "enum": [role.value for role in StaffRole]}}
_AREAS = "Police-force areas; `*` among them stands for all."


class _Details(Written):
    """What may be written of everybody. What the values must be is said by `casework.staff`."""

    areas: list[str] = Field(default_factory=list, description=_AREAS, examples=[["eastmoor"]])
    email: str = Field(
        default="",
        description="Where they get the service's mail; empty: they get none.",
        examples=["d.webb@example.org"],
    )


class NewMember(_Details):
    """Somebody to be entered ahead of their first sign-in."""

    id: str = Field(description="Their account, as their tokens say it.", examples=["d.webb"])
    roles: list[str] = Field(json_schema_extra=_ROLES, examples=[["caseworker"]])

    def member(self) -> Member:
        """The member as it is written. Raises UnfitMember."""
        return Member(self.id, parse_roles(self.roles), parse_areas(self.areas), self.email)


class MemberEdits(_Details):
    """What is to be changed of somebody: what is left out stays. Their next token says their roles and areas anew."""

    roles: list[str] = Field(default_factory=list, json_schema_extra=_ROLES, examples=[["caseworker"]])
    active: bool = Field(default=True, description="False: they are kept out, whatever their token says.")

    def changes(self) -> MemberChanges:
        """What is named, and nothing else."""
        named: dict[str, Any] = self.model_dump(exclude_unset=True)
        for name in {"roles", "areas"} & named.keys():
            named[name] = tuple(named[name])
        return MemberChanges(**named)


class MemberShown(Shown):
    """Somebody in the register."""

    id: str = Field(examples=["d.webb"])
    roles: list[str] = Field(examples=[["caseworker"]])
    areas: list[str] = Field(description=_AREAS, examples=[["eastmoor"]])
    email: str = Field(examples=["d.webb@example.org"])
    active: bool = Field(description="False: they are kept out, and no case is theirs.")
    entered_by: str = Field(
        description="Who entered them; empty: their first sign-in did.", examples=["staff:o.haddad"]
    )
    seen_at: datetime | None = Field(description="When they signed in last, at most an hour behind; null: never.")


class MemberList(BaseModel):
    """A part of the register, by id."""

    staff: list[MemberShown]
    next: Next
