"""What a sign-in comes to: the person that a token stands for, or why nobody comes in with it."""

from enum import StrEnum
from typing import Protocol

from domain.people import Person


class TokenError(StrEnum):
    """Why a token is not taken, as the log and the tests name it; none of them says whose it is."""

    MALFORMED = "malformed"
    """It is no signed JSON Web Token, it is too long, or it is of another kind, such as a logout token."""
    ALGORITHM = "algorithm"
    """It is signed in a way that is not allowed here, or not at all."""
    UNKNOWN_KEY = "unknown_key"
    """The issuer has no such key."""
    SIGNATURE = "signature"
    """The issuer's key did not sign it."""
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    """Its time has not come: it is from the future."""
    ISSUER = "issuer"
    """Another issuer made it."""
    AUDIENCE = "audience"
    """It was made for another service."""
    CLAIMS = "claims"
    """A claim that every token needs is missing or cannot be read, or the account cannot be used as an id."""


class TokenRefused(Exception):
    """Nobody comes in with this token. `detail` is a sentence for developers; it repeats nothing of the token."""

    def __init__(self, fault: TokenError, detail: str) -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


class IssuerUnavailable(Exception):
    """The token could not be looked at, since the issuer's keys cannot be had now: try again."""


class AccountDeactivated(Exception):
    """The token is good, but an admin has closed the register of staff to its account."""


class Identities(Protocol):
    """Who has a token: staff have accounts with an issuer, and so have machines that work as one of them."""

    async def person(self, token: str) -> Person:
        """Return the person that the access token was issued for; they may have no role here.

        Raises TokenRefused, IssuerUnavailable, AccountDeactivated, and the errors of an unavailable database.
        """
