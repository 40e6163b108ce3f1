"""Access tokens, verified: JSON Web Tokens (RFC 7519) that one issuer signed for this service (RFC 8725, RFC 9068)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import errors, jws, jwt
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from adapters.identity.claims import ClaimNames, read_person
from adapters.identity.keys import IssuerKeys
from domain.people import Person
from ports.authentication import TokenError, TokenRefused

MAX_LENGTH = 16 * 1024
LEEWAY_SECONDS = 30
"""By how much the issuer's clock and ours may differ."""
TYPES = frozenset({"", "jwt", "at+jwt"})
"""Types of tokens that may be an access token. A logout token or a proof is none, even if the issuer signed it."""

_ERRORS: tuple[tuple[type[errors.JoseError], TokenError, str], ...] = (
    (errors.BadSignatureError, TokenError.SIGNATURE, "the issuer's key did not sign it"),
    (errors.ExpiredTokenError, TokenError.EXPIRED, "it has expired: get another one from the issuer"),
    (errors.ClaimError, TokenError.CLAIMS, "exp, iss or aud is missing, or a claim cannot be read"),
    (errors.KeyParameterError, TokenError.ALGORITHM, "it is not signed in the way that its key is for"),
    (errors.JoseError, TokenError.MALFORMED, "this is no signed JSON Web Token"),
)
"""What the library raises, the more special errors first."""
_CLAIM_ERRORS = {
    "iss": (TokenError.ISSUER, "iss is not RJ_OIDC_ISSUER"),
    "aud": (TokenError.AUDIENCE, "aud does not have RJ_OIDC_AUDIENCE"),
    "nbf": (TokenError.NOT_YET, "nbf lies in the future, or is no time"),
    "iat": (TokenError.NOT_YET, "iat lies in the future, or is no time"),
}


@dataclass(frozen=True, slots=True)
class TokenRules:
    """What a token must be: made by `issuer`, for `audience`, signed by one of `algorithms`. `names`: its claims'."""

    issuer: str
    audience: str
    algorithms: Collection[str]
    names: ClaimNames


class TokenRegistry(JWSRegistry):
    """The given algorithms, and no others. Issuers may put more into a header than the library expects."""

    max_header_length = MAX_LENGTH

    def get_alg(self, name: str) -> Any:
        """Return an allowed algorithm, without the library's warning that RFC 9864 renames EdDSA."""
        if name not in (self.allowed or ()):
            raise errors.UnsupportedAlgorithmError
        return self.algorithms[name]


class TokenVerifier:
    """Verifies tokens by an issuer's keys."""

    def __init__(self, keys: IssuerKeys, rules: TokenRules) -> None:
        self._keys = keys
        self._rules = rules
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            exp={"essential": True},
        )

    async def person(self, token: str) -> Person:
        """Return the person that `token` names. Raises TokenRefused and IssuerUnavailable."""
        header = _read_header(token)
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in self._rules.algorithms:
            raise TokenRefused(TokenError.ALGORITHM, f"alg is to be one of {', '.join(self._rules.algorithms)}")
        if not isinstance(kid, str):
            raise TokenRefused(TokenError.MALFORMED, "kid is to be a text")
        key = await self._keys.find(kid, algorithm)
        return read_person(self._verify(token, key, algorithm), self._rules.names)

    def _verify(self, token: str, key: Key, algorithm: str) -> Mapping[str, Any]:
        registry = TokenRegistry(algorithms=[algorithm], strict_check_header=False)
        try:
            claims = jwt.decode(token, key, registry=registry).claims
            self._claims.validate(claims)
        except errors.InvalidClaimError as error:
            raise TokenRefused(*_CLAIM_ERRORS.get(error.claim, _ERRORS[2][1:])) from None
        except errors.JoseError as error:
            raise next(
                TokenRefused(code, detail) for kind, code, detail in _ERRORS if isinstance(error, kind)
            ) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise TokenRefused(TokenError.CLAIMS, "a claim cannot be read") from None
        return claims


def _read_header(token: str) -> Mapping[str, Any]:
    """Return what the token says of itself, none of which is verified yet. Raises TokenRefused."""
    if len(token) > MAX_LENGTH:
        raise TokenRefused(TokenError.MALFORMED, f"a token has at most {MAX_LENGTH} characters")
    try:
        header = jws.extract_compact(token.encode(), registry=TokenRegistry()).headers()
        kind = header.get("typ", "")
    except (errors.JoseError, ValueError, AttributeError, RecursionError):
        raise TokenRefused(TokenError.MALFORMED, "this is no signed JSON Web Token") from None
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in TYPES:
        raise TokenRefused(TokenError.MALFORMED, "typ is of another kind than an access token's")
    if "crit" in header:
        # What it names would have to be understood, and none of it is.
        raise TokenRefused(TokenError.MALFORMED, "crit names what is not understood here")
    return header
