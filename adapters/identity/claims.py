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
    """Where a token has what matters here. A name that is no claim's own is a path: `realm_access.roles`."""

    roles: str = "roles"
    areas: str = "areas"
    account: str = "sub"


def read_person(claims: Mapping[str, Any], names: ClaimNames) -> Person:
    """The person, with those of the token's roles and areas that can be ours. Raises TokenRefused.

    Areas that include `*` are all areas; without a claim for areas there are none.
    """
    account = _claim(claims, names.account)
    if not isinstance(account, str) or STAFF_ID.fullmatch(account) is None:
        raise TokenRefused(TokenError.CLAIMS, f"{names.account} is to be an id of letters, digits and . _ @ -")
    roles = frozenset(_ROLES[each] for each in _texts(_claim(claims, names.roles)) if each in _ROLES)
    areas = (each for each in _texts(_claim(claims, names.areas)) if each == ALL_AREAS or is_area(each))
    return Person(account, roles, parse_areas(areas))


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """The claim of this name, or at this path."""
    if name in claims:
        return claims[name]
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _texts(value: object) -> frozenset[str]:
    """The texts of a list, or the words of one text, as issuers write either."""
    found = value.split() if isinstance(value, str) else value
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
