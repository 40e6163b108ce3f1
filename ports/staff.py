"""The register of staff: whom a case can be assigned to, whom mail goes to, and whom an admin keeps out.

What a person may do at a door is said by their token. Here stands what the last one said, or what an admin entered for
somebody who has not signed in yet.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Protocol

from domain.areas import AREA_RULE, is_area
from domain.people import StaffRole

STAFF_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
ALL_AREAS = "*"
_EMAIL = re.compile(r"[!-?A-~]{1,100}@[!-?A-~]{1,150}")


class InvalidMember(Exception):
    """What cannot stand in the register; the text has a sentence for each fault, and repeats no value."""


class MemberExists(Exception):
    """The register has this id already."""


class MemberAlreadyAdded(Exception):
    """Under this id they were entered already."""


class UnknownMember(Exception):
    """The register has no such id."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the register. `areas` is None for all of them; an empty `email` means that no mail is sent.

    `entered_by` is empty for somebody whose first sign-in entered them; `seen_at` is at most an hour behind.
    """

    id: str
    roles: frozenset[StaffRole]
    areas: frozenset[str] | None = frozenset()
    email: str = ""
    active: bool = True
    entered_by: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """Changes of a member; None: no change. Roles and areas are as `parse_roles` and `parse_areas` read them."""

    roles: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    email: str | None = None
    active: bool | None = None

    def named(self) -> Mapping[str, Any]:
        """The fields that change a member, with their values. Raises InvalidMember."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        named = {name: value for name, value in given.items() if value is not None}
        if self.roles is not None:
            named["roles"] = parse_roles(self.roles)
        if self.areas is not None:
            named["areas"] = parse_areas(self.areas)
        return named


@dataclass(frozen=True, slots=True)
class MemberFilters:
    """Which members are listed; None: whatever they have. Who works in an area is also who works in all of them.

    `within` are the areas of whoever looks: only those who work in one of them, too, are theirs to see.
    """

    role: StaffRole | None = None
    area: str | None = None
    active: bool | None = True
    id: str | None = None
    within: frozenset[str] | None = None


class StaffRegister(Protocol):
    """The register as it is read and kept; `by` is who does it, for the log."""

    async def add(self, member: Member, by: str, idempotency_key: str = "") -> Member:
        """Add a member, once for `idempotency_key`. Raises InvalidMember, MemberExists and MemberAlreadyAdded."""

    async def edit(self, id: str, changes: MemberChanges, by: str) -> Member:
        """Change what is named in `changes`, and nothing else. Raises InvalidMember and UnknownMember."""

    async def list_members(self, filters: MemberFilters, *, limit: int | None = None, after: str = "") -> tuple[Member, ...]:
        """Those who pass `filters`, by id: up to `limit` (None: all) after the id `after`."""


def parse_roles(texts: Iterable[str]) -> frozenset[StaffRole]:
    """The roles that these are. Raises InvalidMember."""
    try:
        return frozenset(StaffRole(each) for each in texts)
    except ValueError:
        raise InvalidMember(f"roles: of {', '.join(StaffRole)}") from None


def parse_areas(texts: Iterable[str]) -> frozenset[str] | None:
    """The areas that these are, as tokens and people write them: `*` among them stands for all."""
    areas = frozenset(texts)
    return None if ALL_AREAS in areas else areas


def member_to_json(member: Member) -> dict[str, Any]:
    """The member as JSON, the same by every way."""
    return {
        "id": member.id,
        "roles": sorted(member.roles),
        "areas": [ALL_AREAS] if member.areas is None else sorted(member.areas),
        "email": member.email,
        "active": member.active,
        "entered_by": member.entered_by,
        "seen_at": member.seen_at,
    }


def validate_member(member: Member) -> Member:
    """The member as it can be kept. Raises InvalidMember."""
    faults = [
        *(["id: letters, digits and . _ @ -, as in s.lindqvist"] if not STAFF_ID.fullmatch(member.id) else []),
        *(["roles: at least one of " + ", ".join(StaffRole)] if not member.roles else []),
        *([f"areas: {AREA_RULE}"] if not all(map(is_area, member.areas or ())) else []),
        *(["email: one mail address"] if member.email and not _EMAIL.fullmatch(member.email) else []),
    ]
    if faults:
        raise InvalidMember("; ".join(faults))
    return member


def apply_changes(member: Member, changes: MemberChanges) -> Member:
    """The member with these changes. Raises InvalidMember."""
    return validate_member(replace(member, **changes.named()))
