"""Who asks: the person that a bearer token stands for (RFC 6750), and what they may do here.

An address that is for staff takes a `SignedIn`, and begins with `require(person, StaffRole.SUPERVISOR)` or the like;
where it names an area with `require_area(person, area)` as well. Lists are another matter: there the person's areas go
into the query.
"""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Code, Problem
from domain.people import Person, StaffRole
from ports.authentication import AccountDeactivated, Identities, IssuerUnavailable, TokenError, TokenRefused

log = structlog.get_logger("api.identity")

SCHEME = "staff"
_BEARER = HTTPBearer(
    scheme_name=SCHEME,
    bearerFormat="JWT",
    description="An access token of the issuer in RJ_OIDC_ISSUER, made for RJ_OIDC_AUDIENCE, with roles and areas. "
    "Machines get theirs by client credentials.",
    auto_error=False,
)

ShownToken = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
"""The token that a request shows, if it does."""


class Doorkeeper:
    """Lets in whoever shows a token that `identities` know; `away` are the errors of a store that is away."""

    def __init__(self, identities: Identities | None, away: tuple[type[Exception], ...]) -> None:
        self._identities = identities
        self._away = away

    async def admit(self, shown: HTTPAuthorizationCredentials | None) -> Person:
        """The person who shows the token; they have a role here. Raises Problem."""
        if self._identities is None:
            raise Problem(Code.SIGN_IN_OFF, "RJ_OIDC_ISSUER is not set: without it nobody signs in")
        if shown is None or not shown.credentials:
            raise Problem(Code.TOKEN_MISSING, "Authorization: Bearer and an access token are expected")
        person = await self._person(self._identities, shown.credentials)
        if not person.roles:
            raise Problem(Code.WRONG_ROLE, f"the token has no role that is known here: {_one_of(tuple(StaffRole))}")
        return person

    async def _person(self, identities: Identities, token: str) -> Person:
        try:
            return await identities.person(token)
        except TokenRefused as refused:
            log.info("sign_in.refused", fault=refused.fault.value)
            expired = refused.fault is TokenError.EXPIRED
            raise Problem(Code.TOKEN_EXPIRED if expired else Code.TOKEN_INVALID, refused.detail) from None
        except AccountDeactivated:
            log.info("sign_in.deactivated")
            raise Problem(Code.DEACTIVATED, "an admin has closed this account in the register of staff") from None
        except IssuerUnavailable:
            raise Problem(Code.ISSUER_UNAVAILABLE, "the token could not be looked at: try again") from None
        except self._away as error:
            log.warning("sign_in.database_unavailable", error=type(error).__name__)
            raise Problem(Code.DATABASE_UNAVAILABLE, "the database does not answer: try again") from None


async def signed_in(request: Request, shown: ShownToken) -> Person:
    """The person who asks, before anything of what they ask is read. Raises Problem."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    return await doorkeeper.admit(shown)


SignedIn = Annotated[Person, Depends(signed_in)]
"""The person who asks."""


def require(person: Person, *roles: StaffRole) -> None:
    """Go on only for who has one of `roles`. Raises Problem."""
    if not person.may(*roles):
        raise Problem(Code.WRONG_ROLE, f"this is for {_one_of(roles)}")


def require_area(person: Person, area: str) -> None:
    """Go on only for who sees the cases of `area`. Raises Problem."""
    if not person.sees(area):
        raise Problem(Code.WRONG_AREA, "the token's areas do not have this one")


def _one_of(roles: tuple[StaffRole, ...]) -> str:
    return ", ".join(role.value for role in roles)
