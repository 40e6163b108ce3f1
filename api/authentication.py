"""Who asks: the person whose bearer token a request has (RFC 6750), and what they may do here.

A handler for staff has a parameter such as `person: Supervisor`. One that names a case or an area checks the person's
areas as well; lists pass them to the query.
"""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.dependencies import Dependencies, get_dependencies
from api.guarded_route import Guard
from api.problems import SIGNING_IN, Code, Problem
from domain.people import READERS, Person, StaffRole
from ports.authentication import AccountDeactivated, IssuerUnavailable, TokenError, TokenRefused

log = structlog.get_logger("api.authentication")

SCHEME = "staff"
_BEARER = HTTPBearer(
    scheme_name=SCHEME,
    bearerFormat="JWT",
    description="An access token of the issuer in RJ_OIDC_ISSUER for RJ_OIDC_AUDIENCE, with roles and areas. "
    "Machines get theirs by client credentials.",
    auto_error=False,
)


class RequireRole(Guard):
    """Gives the person who is signed in, if they have one of `roles`."""

    problems = SIGNING_IN

    def __init__(self, *roles: StaffRole) -> None:
        self._roles = roles

    async def __call__(
        self, request: Request, _token: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Person:
        """Return the person, as FastAPI resolves the parameter. Raises Problem."""
        return await self.check(request)

    async def check(self, request: Request) -> Person:
        """Return the person. Raises Problem."""
        if not hasattr(request.state, "person"):
            shown = await _BEARER(request)
            request.state.person = await authenticate(get_dependencies(request), shown.credentials if shown else "")
        person: Person = request.state.person
        if not person.has_role(*self._roles):
            roles = " or ".join(f"{'an' if role[0] in 'aeiou' else 'a'} {role}" for role in self._roles)
            raise Problem(Code.WRONG_ROLE, f"Only {roles} can do this")
        return person


async def authenticate(dependencies: Dependencies, token: str) -> Person:
    """Return the person that `token` was issued for; they have a role here. Raises Problem."""
    if dependencies.identities is None:
        raise Problem(Code.SIGN_IN_OFF, "RJ_OIDC_ISSUER is not set, so nobody can sign in")
    if not token:
        raise Problem(Code.TOKEN_MISSING, "Authorization: Bearer and an access token are expected")
    try:
        person = await dependencies.identities.person(token)
    except TokenRefused as refused:
        log.info("sign_in.refused", fault=refused.fault.value)
        expired = refused.fault is TokenError.EXPIRED
        raise Problem(Code.TOKEN_EXPIRED if expired else Code.TOKEN_INVALID, refused.detail) from None
    except AccountDeactivated:
        log.info("sign_in.deactivated")
        raise Problem(Code.DEACTIVATED, "an admin has deactivated this account in the register of staff") from None
    except IssuerUnavailable:
        raise Problem(Code.ISSUER_UNAVAILABLE, "the token could not be verified: try again") from None
    if not person.roles:
        raise Problem(Code.WRONG_ROLE, f"the token has none of the roles {', '.join(StaffRole)}")
    return person


RECORDERS = (StaffRole.CASEWORKER, StaffRole.SUPERVISOR)

SignedIn = Annotated[Person, Depends(RequireRole(*StaffRole))]
Reader = Annotated[Person, Depends(RequireRole(*sorted(READERS)))]
Recorder = Annotated[Person, Depends(RequireRole(*RECORDERS))]
Supervisor = Annotated[Person, Depends(RequireRole(StaffRole.SUPERVISOR))]
Admin = Annotated[Person, Depends(RequireRole(StaffRole.ADMIN))]
RegisterReader = Annotated[Person, Depends(RequireRole(StaffRole.ADMIN, StaffRole.SUPERVISOR))]
CoverReader = Annotated[Person, Depends(RequireRole(StaffRole.SUPERVISOR, StaffRole.AUDITOR))]


def require_area(person: Person, area: str) -> None:
    """Raise Problem unless `person` may see the cases of `area`."""
    if not person.may_see(area):
        raise Problem(Code.WRONG_AREA, "this is not one of your areas")
