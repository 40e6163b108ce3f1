"""An issuer for tests: it publishes its keys over real HTTP, changes them, is away, and counts who asks."""

import json
import time
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from tests.serving import serve_app

AUDIENCE = "casework"


@dataclass(frozen=True)
class SigningKey:
    """A key of an issuer, for one algorithm."""

    kid: str
    algorithm: str
    key: RSAKey | ECKey | OKPKey

    @property
    def public_key(self) -> dict[str, Any]:
        """The public half, as a JSON Web Key."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}

    @property
    def private(self) -> dict[str, Any]:
        """Both halves, as a JSON Web Key."""
        return {**self.key.as_dict(private=True), "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """Make a token, also one that no issuer should make."""
        signed = b".".join(urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
        signature = JWSRegistry.algorithms[self.algorithm].sign(signed, self.key)
        return (signed + b"." + urlsafe_b64encode(signature)).decode()


def new_key(kid: str, algorithm: str = "ES256", bits: int = 2048) -> SigningKey:
    """A fresh key."""
    if algorithm == "EdDSA":
        return SigningKey(kid, algorithm, OKPKey.generate_key("Ed25519"))
    if algorithm.startswith("ES"):
        curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
        return SigningKey(kid, algorithm, ECKey.generate_key(curve))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return SigningKey(kid, algorithm, RSAKey.generate_key(bits))


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
        """What is in a good token; a claim that is changed to None is left out."""
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
        return key.sign(
            {"alg": key.algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}, self.claims(**changes)
        )

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
            published = [key.public_key for key in self.keys] if self.published is None else self.published
            return JSONResponse({"keys": published}, self.status)

        return app


@asynccontextmanager
async def issuer_served(issuer: TestIssuer | None = None) -> AsyncIterator[TestIssuer]:
    """An issuer at a free port, which is its name from then on."""
    issuer = issuer or TestIssuer()
    async with serve_app(issuer.app()) as issuer.url:
        yield issuer
