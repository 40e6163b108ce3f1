"""A small OpenID Connect issuer for one machine: keys, discovery, and tokens by client credentials. Not for service.

Whoever knows the secret in the stack's folder may have a token for anybody: `client_id` is the account, and `roles` and
`areas` (words) say what they are, where they are not one of `local.colleagues`.
"""

import argparse
import base64
import binascii
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import jwt
import structlog
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from jwt.algorithms import ECAlgorithm

from api.bodies import read_form_body
from devstack.sample_staff import colleague
from devstack.secret_files import keep
from log import configure_logging
from ports.staff import STAFF_ID

log = structlog.get_logger("devstack.issuer")

AUDIENCE = "restorative-justice"
SECONDS = 8 * 3_600
"""A day's work: nobody has to ask again while they try things out. In service a token should live for minutes."""
ALGORITHM = "ES256"


class TokenDenied(Exception):
    """No token is given; `error` is as RFC 6749 names it."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer at `url`: its key, and the secret of all its clients."""

    url: str
    key: ec.EllipticCurvePrivateKey
    secret: str

    @property
    def published(self) -> dict[str, Any]:
        """The public half of its key, named for itself."""
        public: dict[str, Any] = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": public["x"][:16], "use": "sig", "alg": ALGORITHM}

    def token(self, given: Mapping[str, str]) -> str:
        """A token, as a form asks for it. Raises TokenDenied."""
        if given.get("grant_type") != "client_credentials":
            raise TokenDenied("unsupported_grant_type")
        account = given.get("client_id", "")
        if not secrets.compare_digest(given.get("client_secret", "").encode(), self.secret.encode()):
            raise TokenDenied("invalid_client", 401)
        known = colleague(account)
        roles = given["roles"].split() if given.get("roles") else [known.role.value] if known else []
        areas = given["areas"].split() if "areas" in given else list(known.areas) if known else []
        if not roles or STAFF_ID.fullmatch(account) is None:
            raise TokenDenied("invalid_client", 401)
        return self._signed(account, roles, areas)

    def _signed(self, account: str, roles: list[str], areas: list[str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": account,
            "client_id": account,
            "roles": roles,
            "areas": areas,
        }
        times = {"iat": now, "exp": now + SECONDS, "jti": secrets.token_urlsafe(12)}
        headers = {"kid": self.published["kid"], "typ": "at+jwt"}
        return jwt.encode({**claims, **times}, self.key, ALGORITHM, headers)


def create_issuer(issuer: Issuer) -> FastAPI:
    """The issuer as an application."""
    app = FastAPI(title="Local issuer", openapi_url=None)

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": issuer.url,
            "jwks_uri": f"{issuer.url}/keys",
            "token_endpoint": f"{issuer.url}/token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [issuer.published]}

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in (await read_form_body(request)).items()}
        try:
            made = issuer.token({**form, **_basic(request.headers.get("authorization", ""))})
        except TokenDenied as denied:
            return JSONResponse({"error": denied.error}, denied.status, {"cache-control": "no-store"})
        answer = {"access_token": made, "token_type": "Bearer", "expires_in": SECONDS}
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return app


def _basic(header: str) -> dict[str, str]:
    """The client that a header names, as RFC 6749 has it written. Raises TokenDenied."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise TokenDenied("invalid_client", 401) from None
    return {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret)}


def kept_issuer(folder: Path, url: str) -> Issuer:
    """The issuer with the key and the secret in `folder`, fresh where there are none; only their owner reads them."""
    key, secret = folder / "key.pem", folder / "secret"
    if not key.exists():
        fresh = ec.generate_private_key(ec.SECP256R1())
        keep(key, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if not secret.exists():
        keep(secret, secrets.token_urlsafe(32).encode())
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return Issuer(url, private, secret.read_text().strip())


def main() -> None:
    """Serve the issuer until interrupted."""
    parser = argparse.ArgumentParser(description="A small issuer of tokens, for trying the service out")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, default=Path(".local/issuer"), help="its key, and the clients' secret")
    given = parser.parse_args()
    configure_logging("console" if sys.stderr.isatty() else "json", "info")
    issuer = kept_issuer(given.folder, f"http://{given.host}:{given.port}")
    uvicorn.run(create_issuer(issuer), host=given.host, port=given.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
