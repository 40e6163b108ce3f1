"""Who manages the service over HTTP: whoever shows the token of the settings."""

import hmac
import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.ports import Managing, Parts
from api.problems import Code, Problem

SETTING = "RJ_ADMIN_TOKEN"
_STAFF_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_BEARER = HTTPBearer(scheme_name="admin", description=f"The token in {SETTING}.", auto_error=False)

ShownToken = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
"""The token that a request shows, if it does."""

StaffId = Annotated[
    str,
    Header(
        alias="x-staff-id",
        description="Who acts: kept with a pause, and in the log. Trusted as it is given.",
        examples=["s.lindqvist"],
    ),
]


def admit(parts: Parts, shown: HTTPAuthorizationCredentials | None) -> Callable[[], Managing]:
    """What gives the means to manage, for who shows the token. Raises Problem.

    Where no token is set nobody may, whatever they show.
    """
    if not parts.admin_token or parts.managing is None:
        raise Problem(Code.ADMIN_OFF, f"{SETTING} is not set: without it nobody manages the service over HTTP")
    if shown is None:
        raise Problem(Code.NOT_AUTHENTICATED, f"Authorization: Bearer and the token in {SETTING} are expected")
    # Compared in the same time wherever they differ, and as bytes: a header may hold what is not ASCII.
    if not hmac.compare_digest(shown.credentials.encode(), parts.admin_token.encode()):
        raise Problem(Code.NOT_AUTHENTICATED, f"Authorization: this is not the token in {SETTING}")
    return parts.managing


def acting(staff_id: str) -> str:
    """Who acts, as it is kept: as with the command line, or else whoever has the token. Raises Problem."""
    if not staff_id:
        return "admin"
    if _STAFF_ID.fullmatch(staff_id) is None:
        raise Problem(Code.UNREADABLE, "x-staff-id: letters, digits and . _ @ -, as in s.lindqvist")
    return f"staff:{staff_id}"
