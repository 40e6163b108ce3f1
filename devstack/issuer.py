"""The embedded stack's OpenID Connect issuer, for trying the service on one machine. Never use it in service.

    GET  /.well-known/openid-configuration, /keys
    POST /device_authorization    client_id=rj, scope: the codes of RFC 8628
    GET  /device?user_code=       the page on which one approves a code as one of the invented people
    GET  /authorize               authorization code with PKCE (S256), client_id=console: the same page
    POST /token                   grant_type:
         urn:ietf:params:oauth:grant-type:device_code   client_id=rj, device_code
         authorization_code                             client_id=console, code, redirect_uri, code_verifier
         refresh_token                                  client_id, refresh_token (good once; the answer has the next)
         client_credentials                             client_id=c.okafor, client_secret: a token for that account
    GET  /end_session             id_token_hint: withdraws the person's refresh tokens (OpenID RP-initiated logout)

`rj` and `console` are public clients; with the scope `openid` they get an id_token too. The secret is in the file
`secret` of the issuer's folder, which only its owner can read: with it one is signed in without the page, as anybody
(`roles` and `areas`, in words, describe somebody who is not one of `devstack.sample_staff`). What was granted is
forgotten when the issuer stops.
"""

import argparse
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc8628 import DEVICE_CODE_GRANT_TYPE
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from joserfc.jwk import ECKey

from devstack.issuer_grants import ALGORITHM, AUDIENCE, SCOPES, IssuerRequest, IssuerServer, sample_account
from devstack.sample_staff import SAMPLE_STAFF
from devstack.secret_files import write_secret
from log import configure_logging

__all__ = ["ALGORITHM", "AUDIENCE", "create_issuer", "load_issuer"]

_ENDPOINTS = {
    "jwks_uri": "keys",
    "token_endpoint": "token",
    "authorization_endpoint": "authorize",
    "device_authorization_endpoint": "device_authorization",
    "end_session_endpoint": "end_session",
}
_SUPPORTED = {
    "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE_GRANT_TYPE],
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "scopes_supported": SCOPES,
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": [ALGORITHM],
    "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
}
_PAGE = Environment(loader=PackageLoader("devstack"), autoescape=True, undefined=StrictUndefined).get_template(
    "issuer.html"
)


def create_issuer(issuer: IssuerServer) -> FastAPI:
    """The issuer as an application."""
    app = FastAPI(title="The embedded stack's issuer", openapi_url=None)
    endpoints = {name: f"{issuer.url}/{path}" for name, path in _ENDPOINTS.items()}

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {"issuer": issuer.url, **endpoints, **_SUPPORTED}

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        return {"keys": [issuer.key.as_dict(private=False)]}

    @app.post("/token")
    async def token(request: Request) -> Any:
        return issuer.create_token_response(await _read(request))

    @app.api_route("/end_session", methods=["GET", "POST"])
    async def end_session(request: Request) -> Any:
        asked = await _read(request)
        return issuer.create_endpoint_response("end_session", asked) or _page("You are signed out", fields=None)

    _add_device_flow(app, issuer)
    _add_code_flow(app, issuer)
    return app


def _add_device_flow(app: FastAPI, issuer: IssuerServer) -> None:
    @app.post("/device_authorization")
    async def device_authorization(request: Request) -> Any:
        return issuer.create_endpoint_response("device_authorization", await _read(request))

    @app.get("/device")
    async def show(user_code: str = "") -> HTMLResponse:
        return _page("Sign in to rj", fields={}, user_code=user_code)

    @app.post("/device")
    async def decide(request: Request) -> HTMLResponse:
        form = (await _read(request)).form
        user_code, is_approved = form.get("user_code", ""), form.get("decision") == "approve"
        device, account = issuer.granted.find_device(user_code), sample_account(form.get("account", ""))
        if device is None or (is_approved and account is None):
            message = "No terminal is waiting with this code. Check it, or run rj login again."
            return _page("Sign in to rj", message, fields={}, user_code=user_code, status=400)
        device.decision = (account, is_approved)
        done = f"You are signed in as {form['account']}." if is_approved else "Nobody was signed in."
        return _page("Sign in to rj", f"{done} Go back to your terminal.", fields=None)


def _add_code_flow(app: FastAPI, issuer: IssuerServer) -> None:
    @app.get("/authorize")
    async def show(request: Request) -> Any:
        asked = await _read(request)
        try:
            issuer.get_consent_grant(asked)
        except OAuth2Error as error:
            return issuer.handle_error_response(asked, error)
        return _page("Sign in", fields=asked.args)

    @app.post("/authorize")
    async def decide(request: Request) -> Any:
        asked = await _read(request)
        account = sample_account(asked.form.get("account", "")) if asked.form.get("decision") == "approve" else None
        try:
            grant = issuer.get_consent_grant(asked, account)
        except OAuth2Error as error:
            return issuer.handle_error_response(asked, error)
        return issuer.create_authorization_response(asked, account, grant)


async def _read(request: Request) -> IssuerRequest:
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)) if request.method == "POST" else {}
    return IssuerRequest(request.method, str(request.url), request.headers, form, request.query_params)


def _page(
    title: str,
    message: str = "",
    *,
    fields: Mapping[str, str] | None,
    user_code: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page on which one says who one is; without `fields` it has no form."""
    content = _PAGE.render(title=title, message=message, fields=fields, user_code=user_code, people=SAMPLE_STAFF)
    headers = {"cache-control": "no-store", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}
    return HTMLResponse(content, status, headers)


def load_issuer(folder: Path, url: str) -> IssuerServer:
    """The issuer with the key and the secret in `folder`, made where there are none; only their owner can read them."""
    key, secret = folder / "key.pem", folder / "secret"
    if not key.exists():
        write_secret(key, ECKey.generate_key("P-256").as_pem(private=True))
    if not secret.exists():
        write_secret(secret, secrets.token_urlsafe(32).encode())
    private = ECKey.import_key(key.read_bytes())
    private = ECKey.import_key(
        {**private.as_dict(private=True), "kid": private.thumbprint(), "use": "sig", "alg": ALGORITHM}
    )
    return IssuerServer(url, private, secret.read_text().strip())


def main() -> None:
    """Serve the issuer until interrupted."""
    parser = argparse.ArgumentParser(description="A small issuer of tokens, for trying the service out")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, default=Path(".local/issuer"), help="its key, and the secret")
    options = parser.parse_args()
    configure_logging("json", "info")
    issuer = load_issuer(options.folder, f"http://{options.host}:{options.port}")
    uvicorn.run(create_issuer(issuer), host=options.host, port=options.port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
