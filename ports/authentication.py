"""Authentication: the person that a token was issued for, or why it is not accepted."""

from enum import StrEnum
from typing import Protocol

from domain.people import Person


class TokenError(StrEnum):
    """Why a token is not accepted, as the log names it; none of these says whose it is."""

    MALFORMED = "malformed"
    """It is no signed JSON Web Token, it is too long, or it is of another kind, such as a logout token."""
    ALGORITHM = "algorithm"
    """It is signed by an algorithm that is not allowed, or not at all."""
    UNKNOWN_KEY = "unknown_key"
    """The issuer has no such key."""
    SIGNATURE = "signature"
    """The issuer's key did not sign it."""
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    """It is not valid yet."""
    ISSUER = "issuer"
    """It is of another issuer."""
    AUDIENCE = "audience"
    """It is for another service."""
    CLAIMS = "claims"
    """A claim that every token needs is missing or cannot be read, or the account cannot be used as an id."""


class TokenRefused(Exception):
    """A token is not accepted. `detail` is a sentence for developers; it repeats nothing of the token."""

    def __init__(self, fault: TokenError, detail: str) -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = detail


class IssuerUnavailable(Exception):
    """The token cannot be verified now, since the issuer's keys cannot be fetched: try again."""


class AccountDeactivated(Exception):
    """The token is valid, but an admin has deactivated its account."""


class Identities(Protocol):
    """Who has a token: staff have accounts with an issuer, and so have machines that work as one of them."""

    async def person(self, token: str) -> Person:
        """Return the person that the access token was issued for; they may have no role here.

        Raises TokenRefused, IssuerUnavailable, AccountDeactivated, and the errors of an unavailable database.
        """
