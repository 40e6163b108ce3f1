"""A person, read from the claims of a token that was verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.areas import is_area
from domain.people import Person, StaffRole
from ports.authentication import TokenError, TokenRefused
from ports.staff import ALL_AREAS, STAFF_ID, parse_areas

_ROLES = {role.value: role for role in StaffRole}


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """The names of the claims that are read. A name that is no claim's own is a path, such as `realm_access.roles`."""

    roles: str = "roles"
    areas: str = "areas"
    account: str = "sub"


def read_person(claims: Mapping[str, Any], names: ClaimNames) -> Person:
    """Return the person, with those of the token's roles and areas that exist here. Raises TokenRefused.

    `*` among the areas means all areas; without a claim for areas there are none.
    """
    account = _claim(claims, names.account)
    if not isinstance(account, str) or STAFF_ID.fullmatch(account) is None:
        raise TokenRefused(TokenError.CLAIMS, f"{names.account} is to be an id of letters, digits and . _ @ -")
    roles = frozenset(_ROLES[role] for role in _texts(_claim(claims, names.roles)) if role in _ROLES)
    areas = (area for area in _texts(_claim(claims, names.areas)) if area == ALL_AREAS or is_area(area))
    return Person(account, roles, parse_areas(areas))


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """Return the claim of this name, or at this path."""
    if name in claims:
        return claims[name]
    value: object = claims
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _texts(value: object) -> frozenset[str]:
    """Return the texts of a list or the words of one text, as issuers write either."""
    items = value.split() if isinstance(value, str) else value
    return frozenset(item for item in items if isinstance(item, str)) if isinstance(items, list) else frozenset()
