"""An issuer for tests: it publishes its keys over real HTTP, changes them, is away, and counts who asks."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from jwt.algorithms import get_default_algorithms

from tests.serving import served

AUDIENCE = "casework"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class SigningKey:
    """A key of an issuer, for one algorithm."""

    kid: str
    algorithm: str
    private: PrivateKey

    @property
    def published(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key."""
        public: dict[str, Any] = get_default_algorithms()[self.algorithm].to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}


def new_key(kid: str, algorithm: str = "ES256", bits: int = 2048) -> SigningKey:
    """A fresh key."""
    if algorithm == "EdDSA":
        return SigningKey(kid, algorithm, ed25519.Ed25519PrivateKey.generate())
    if algorithm.startswith("ES"):
        curve = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}[algorithm]
        return SigningKey(kid, algorithm, ec.generate_private_key(curve))
    return SigningKey(kid, algorithm, rsa.generate_private_key(65537, bits))


@dataclass
class TestIssuer:
    """An issuer at `url`, which makes tokens with the last of its `keys` and publishes what is in `published`."""

    __test__ = False

    url: str = ""
    keys: list[SigningKey] = field(default_factory=lambda: [new_key("first")])
    published: list[Any] | None = None
    discovery: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: Counter[str] = field(default_factory=Counter)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What stands in a good token; a claim that is changed to None is left out."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "s.lindqvist",
            "iat": now,
            "exp": now + 300,
            "roles": ["supervisor"],
            "areas": ["eastmoor"],
        }
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, *, key: SigningKey | None = None, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A token with these claims changed."""
        key = key or self.keys[-1]
        headers = {"kid": key.kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode(self.claims(**changes), key.private, key.algorithm, headers)

    def app(self) -> FastAPI:
        """What it answers."""
        app = FastAPI(openapi_url=None)

        @app.get("/.well-known/openid-configuration")
        async def configuration() -> Response:
            self.asked["discovery"] += 1
            plain = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.discovery}
            return JSONResponse(plain, self.status)

        @app.get("/keys")
        async def keys() -> Response:
            self.asked["keys"] += 1
            published = [key.published for key in self.keys] if self.published is None else self.published
            return JSONResponse({"keys": published}, self.status)

        return app


@asynccontextmanager
async def issuer_served(issuer: TestIssuer | None = None) -> AsyncIterator[TestIssuer]:
    """An issuer at a free port, which is its name from then on."""
    issuer = issuer or TestIssuer()
    async with served(issuer.app()) as issuer.url:
        yield issuer
