"""Access tokens, verified: JSON Web Tokens (RFC 7519) that one issuer signed for this service (RFC 8725, RFC 9068)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from jwt import PyJWK

from adapters.identity.claims import ClaimNames, read_person
from domain.people import Person
from ports.authentication import TokenError, TokenRefused

MOST_CHARACTERS = 16 * 1024
LEEWAY_SECONDS = 30
"""By how much the issuer's clock and ours may differ."""
TYPES = frozenset({"", "jwt", "at+jwt"})
"""Types of tokens that may be an access token. A logout token or a proof is none, whoever signed it."""


class Keys(Protocol):
    """The issuer's keys."""

    async def find(self, kid: str, algorithm: str) -> PyJWK:
        """The key of this id for this algorithm; an empty id stands for the only one.

        Raises TokenRefused and IssuerAway.
        """


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be: made by `issuer`, for `audience`, signed by one of `algorithms`. `names`: its claims'."""

    issuer: str
    audience: str
    algorithms: Sequence[str]
    names: ClaimNames


class TokenVerifier:
    """Implements `api.ports.Identities` by an issuer's keys."""

    def __init__(self, keys: Keys, expected: TokenRules) -> None:
        self._keys = keys
        self._expected = expected

    async def person(self, token: str) -> Person:
        """See the port."""
        header = _header(token)
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in self._expected.algorithms:
            raise TokenRefused(TokenError.ALGORITHM, f"alg is to be one of {', '.join(self._expected.algorithms)}")
        if not isinstance(kid, str):
            raise TokenRefused(TokenError.MALFORMED, "kid is to be a text")
        return read_person(self._verified(token, await self._keys.find(kid, algorithm)), self._expected.names)

    def _verified(self, token: str, key: PyJWK) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._expected.audience,
                issuer=self._expected.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.InvalidTokenError as error:
            raise _refused(error) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise TokenRefused(TokenError.CLAIMS, "a claim cannot be read") from None


def _header(token: str) -> Mapping[str, Any]:
    """What the token says of itself, of which nothing is believed yet. Raises TokenRefused."""
    if len(token) > MOST_CHARACTERS:
        raise TokenRefused(TokenError.MALFORMED, f"a token has at most {MOST_CHARACTERS} characters")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenRefused(TokenError.MALFORMED, "this is no signed JSON Web Token") from None
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in TYPES:
        raise TokenRefused(TokenError.MALFORMED, "typ is of another kind than an access token's")
    if "crit" in header:
        # Whatever it names would have to be understood, and nothing of the kind is.
        raise TokenRefused(TokenError.MALFORMED, "crit names what is not understood here")
    return header


_FAULTS: tuple[tuple[type[jwt.InvalidTokenError], TokenError, str], ...] = (
    (jwt.ExpiredSignatureError, TokenError.EXPIRED, "it has expired: get another one from the issuer"),
    (jwt.ImmatureSignatureError, TokenError.NOT_YET, "nbf or iat lies in the future"),
    (jwt.InvalidIssuerError, TokenError.ISSUER, "iss is not RJ_OIDC_ISSUER"),
    (jwt.InvalidAudienceError, TokenError.AUDIENCE, "aud does not have RJ_OIDC_AUDIENCE"),
    (jwt.InvalidSignatureError, TokenError.SIGNATURE, "the issuer's key did not sign it"),
    (jwt.InvalidAlgorithmError, TokenError.ALGORITHM, "it is not signed in the way that its key is for"),
    (jwt.DecodeError, TokenError.MALFORMED, "this is no signed JSON Web Token, or a claim of it cannot be read"),
    (jwt.InvalidTokenError, TokenError.CLAIMS, "exp, iss or aud is missing, or a claim cannot be read"),
)
"""What the library finds, the more special first."""


def _refused(error: jwt.InvalidTokenError) -> TokenRefused:
    return next(TokenRefused(fault, detail) for kind, fault, detail in _FAULTS if isinstance(error, kind))
