"""A client of OpenID Connect issuers for tests: the flows by which staff sign in, as the standards describe them."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECT_URI = "http://127.0.0.1:8009/signed-in"


@dataclass(frozen=True)
class OidcClient:
    """The client `id` of an issuer; `more` is sent where tokens are asked for, such as the resource they are for."""

    http: httpx.AsyncClient
    endpoints: Mapping[str, Any]
    id: str
    more: Mapping[str, str] = field(default_factory=dict)

    async def request_device_code(self) -> dict[str, Any]:
        """The codes of a new device authorization."""
        form = {"client_id": self.id, "scope": "openid offline_access", **self.more}
        answer = await self.http.post(self.endpoints["device_authorization_endpoint"], data=form)
        assert answer.status_code == 200, answer.text
        codes: dict[str, Any] = answer.json()
        return codes

    async def request_token(self, grant_type: str, **form: str) -> httpx.Response:
        """What the token endpoint answers."""
        form = {"grant_type": grant_type, "client_id": self.id, **form}
        return await self.http.post(self.endpoints["token_endpoint"], data=form)

    async def tokens(self, grant_type: str, **form: str) -> dict[str, Any]:
        """The tokens that it gives."""
        answer = await self.request_token(grant_type, **form)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def error(self, grant_type: str, **form: str) -> str:
        """The code of its refusal."""
        answer = await self.request_token(grant_type, **form)
        assert answer.status_code >= 400
        return str(answer.json()["error"])

    def authorization_url(self, verifier: str) -> str:
        """Where a browser is sent to sign in with PKCE."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": REDIRECT_URI,
            "scope": "openid offline_access",
            "state": "a-state",
            "nonce": secrets.token_urlsafe(12),
            "prompt": "consent",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self.more,
        }
        return f"{self.endpoints['authorization_endpoint']}?{httpx.QueryParams(query)}"

    def sign_out_url(self, id_token: str) -> str:
        """Where a browser is sent to sign out."""
        query = {"id_token_hint": id_token, "client_id": self.id, "post_logout_redirect_uri": REDIRECT_URI}
        return f"{self.endpoints['end_session_endpoint']}?{httpx.QueryParams(query)}"


async def discover(http: httpx.AsyncClient, issuer: str) -> dict[str, Any]:
    """The discovery document of an issuer."""
    document: dict[str, Any] = (await http.get(f"{issuer}/.well-known/openid-configuration")).json()
    assert document["issuer"] == issuer
    return document


def code_in(location: str) -> str:
    """The authorization code with which a browser is sent back."""
    assert location.startswith(REDIRECT_URI), location
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == ["a-state"], location
    return query["code"][0]


class FormReader(HTMLParser):
    """The first form of a page: where it goes, and what it sends unless something is filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "input" and given.get("type", "text") in ("hidden", "text") and "name" in given:
            self.fields[given["name"]] = given.get("value", "")
