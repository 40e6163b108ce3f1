"""The register of staff: accounts that cases are assigned to and digests are sent to, and accounts that are closed.

What a person may do is said by their token. The register holds what the last one said, or what an admin entered for
somebody who has not signed in yet.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol

from domain.areas import AREA_RULE, is_area
from domain.events import FacilitatorChanged
from domain.people import StaffRole
from domain.vocabulary import CaseRef, Flag

STAFF_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
ALL_AREAS = "*"
_EMAIL = re.compile(r"[!-?A-~]{1,100}@[!-?A-~]{1,150}")


class InvalidMember(Exception):
    """What the register does not accept; the text has a rule for each error, and repeats no value."""


class MemberExists(Exception):
    """The register has this id already."""


class MemberAlreadyAdded(Exception):
    """They were added under this idempotency key already."""


class UnknownMember(Exception):
    """The register has no such id."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in the register. `areas` is None for all of them; an empty `email` means that no mail is sent.

    `accredited_until` is the last day of their accreditation as a facilitator; None: they do not facilitate. They do so
    in English and `languages` (ISO 639 codes), with the accounts `co_facilitators`, now in so many open `cases`.
    `name` and `phone` are what victims read in messages about the cases that they have.
    `entered_by` is empty for somebody who was added by signing in; `seen_at` is at most an hour behind.
    """

    id: str
    roles: frozenset[StaffRole]
    areas: frozenset[str] | None = frozenset()
    email: str = ""
    name: str = ""
    phone: str = ""
    active: bool = True
    accredited_until: date | None = None
    specialist_in: frozenset[Flag] = frozenset()
    languages: frozenset[str] = frozenset()
    co_facilitators: frozenset[str] = frozenset()
    cases: int = 0
    entered_by: str = ""
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """Changes of a member; None: no change. An empty `accredited_until` ends their accreditation.

    Roles, areas and flags are as `parse_roles`, `parse_areas` and `parse_flags` read them.
    """

    roles: tuple[str, ...] | None = None
    areas: tuple[str, ...] | None = None
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    active: bool | None = None
    accredited_until: date | Literal[""] | None = None
    specialist_in: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    co_facilitators: tuple[str, ...] | None = None

    def get_values(self) -> Mapping[str, Any]:
        """The fields to change, with their values. Raises InvalidMember."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values = {name: value for name, value in values.items() if value is not None}
        if self.roles is not None:
            values["roles"] = parse_roles(self.roles)
        if self.areas is not None:
            values["areas"] = parse_areas(self.areas)
        if self.specialist_in is not None:
            values["specialist_in"] = parse_flags(self.specialist_in)
        for name in {"languages", "co_facilitators"} & values.keys():
            values[name] = frozenset(values[name])
        if self.accredited_until == "":
            values |= {"accredited_until": None, "specialist_in": frozenset()}
        return values


@dataclass(frozen=True, slots=True)
class MemberFilters:
    """Which members to list; None: all. Those of an area include those of all areas.

    `within` are the areas of the reader, who sees only those that work in one of them too. Of facilitators, which are
    those with an accreditation, `specialist_in` and `language` select the ones that a case needs.
    """

    role: StaffRole | None = None
    area: str | None = None
    active: bool | None = True
    id: str | None = None
    within: frozenset[str] | None = None
    facilitator: bool | None = None
    specialist_in: Flag | None = None
    language: str | None = None


class StaffRegister(Protocol):
    """Changes the register; `by` is an account, for the log."""

    async def add(self, member: Member, by: str, idempotency_key: str = "") -> Member:
        """Add a member, once for `idempotency_key`. Raises InvalidMember, MemberExists and MemberAlreadyAdded."""

    async def edit(self, id: str, changes: MemberChanges, by: str) -> Member:
        """Change what is named in `changes`, and nothing else; the cases that they facilitate get to know of it.

        Raises InvalidMember and UnknownMember.
        """


def parse_roles(texts: Iterable[str]) -> frozenset[StaffRole]:
    """The roles that these are. Raises InvalidMember."""
    try:
        return frozenset(StaffRole(text) for text in texts)
    except ValueError:
        raise InvalidMember(f"roles: of {', '.join(StaffRole)}") from None


def parse_areas(texts: Iterable[str]) -> frozenset[str] | None:
    """The areas that these are, as tokens and people write them: `*` means all."""
    areas = frozenset(texts)
    return None if ALL_AREAS in areas else areas


def parse_flags(texts: Iterable[str]) -> frozenset[Flag]:
    """The flags that these are. Raises InvalidMember."""
    try:
        return frozenset(Flag(text) for text in texts)
    except ValueError:
        raise InvalidMember(f"specialist_in: of {', '.join(Flag)}") from None


def facilitator_facts(member: Member) -> FacilitatorChanged:
    """What the register says of `member` as a facilitator."""
    may_facilitate = member.active and member.accredited_until is not None
    return FacilitatorChanged(member.id, may_facilitate, member.specialist_in, member.accredited_until)


def member_to_json(member: Member) -> dict[str, Any]:
    """The member as JSON."""
    return {
        "id": member.id,
        "roles": sorted(member.roles),
        "areas": [ALL_AREAS] if member.areas is None else sorted(member.areas),
        "email": member.email,
        "name": member.name,
        "phone": member.phone,
        "active": member.active,
        "accredited_until": member.accredited_until,
        "specialist_in": sorted(member.specialist_in),
        "languages": sorted(member.languages),
        "co_facilitators": sorted(member.co_facilitators),
        "cases": member.cases,
        "entered_by": member.entered_by,
        "seen_at": member.seen_at,
    }


def validate_member(member: Member) -> Member:
    """The member, if the register accepts it. Raises InvalidMember."""
    errors = [
        *(["id: letters, digits and . _ @ -, as in s.lindqvist"] if not STAFF_ID.fullmatch(member.id) else []),
        *(["roles: at least one of " + ", ".join(StaffRole)] if not member.roles else []),
        *([f"areas: {AREA_RULE}"] if not all(map(is_area, member.areas or ())) else []),
        *(
            ["specialist_in: only for facilitators, who have accredited_until"]
            if member.specialist_in and member.accredited_until is None
            else []
        ),
        *(["languages: ISO 639 codes, such as cy or pl"] if not all(map(LANGUAGE.fullmatch, member.languages)) else []),
        *(["co_facilitators: somebody else"] if member.id in member.co_facilitators else []),
        *(["name: up to 60 printable characters"] if not _is_line(member.name, 60) else []),
        *(["phone: up to 40 printable characters"] if not _is_line(member.phone, 40) else []),
        *(["email: one mail address"] if member.email and not _EMAIL.fullmatch(member.email) else []),
    ]
    if errors:
        raise InvalidMember("; ".join(errors))
    return member


def _is_line(text: str, longest: int) -> bool:
    return len(text) <= longest and (not text or text.isprintable())


def apply_changes(member: Member, changes: MemberChanges) -> Member:
    """The member with these changes. Raises InvalidMember."""
    return validate_member(replace(member, **changes.get_values()))


def to_member(row: Any) -> Member:
    """The member that a row of the register holds."""
    return Member(
        id=row["id"],
        roles=frozenset(StaffRole(role) for role in row["roles"]),
        areas=None if row["areas"] is None else frozenset(row["areas"]),
        email=row["email"],
        name=row["name"],
        phone=row["phone"],
        active=row["active"],
        accredited_until=row["accredited_until"],
        specialist_in=frozenset(Flag(flag) for flag in row["specialist_in"]),
        languages=frozenset(row["languages"]),
        co_facilitators=frozenset(row["co_facilitators"]),
        cases=row.get("cases", 0),
        entered_by=row["entered_by"],
        seen_at=row["seen_at"],
    )


SaveSeen = Callable[[str, CaseRef, int], Awaitable[None]]
"""Store that an account has seen a case up to the entry of this version; an earlier one changes nothing."""
