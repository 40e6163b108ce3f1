"""Signing in with the organisation's OpenID Connect issuer: device authorization (RFC 8628), refresh, signing out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.errors import UsageError, fail
from cli.staff.http import http_client, httpx
from cli.staff.service import Service, require_safe
from cli.staff.sessions import Session

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
TIMEOUT = 10.0
SLOW_DOWN = 5.0
"""How many seconds RFC 8628 adds to the interval at each `slow_down`."""


@dataclass(frozen=True, slots=True)
class OidcIssuer:
    """An issuer as its discovery document describes it, and the client that we are there."""

    url: str
    client_id: str
    scope: str = ""
    resource: str = ""
    endpoints: Mapping[str, Any] = field(default_factory=dict)

    def begin_device_authorization(self) -> dict[str, Any]:
        """The codes for a user to approve, as RFC 8628 names them. Raises UsageError."""
        form = {"client_id": self.client_id, "scope": self.scope, **self._resource()}
        status, answer = self._post("device_authorization_endpoint", form)
        if status != httpx.codes.OK:
            fail(f"The issuer does not let rj sign in: {_error(answer)}")
        return answer

    def await_approval(self, device: Mapping[str, Any], sleep: Callable[[float], None] = time.sleep) -> Session:
        """The session that the user approves, for which the issuer is asked at its pace. Raises UsageError."""
        form = {"grant_type": DEVICE_CODE_GRANT, "device_code": device["device_code"], "client_id": self.client_id}
        interval, deadline = float(device.get("interval", 5)), time.monotonic() + float(device["expires_in"])
        while time.monotonic() < deadline:
            sleep(interval)
            try:
                status, answer = self._post("token_endpoint", {**form, **self._resource()})
            except IssuerUnreachable:
                interval *= 2
                continue
            if status == httpx.codes.OK:
                return self._session(answer)
            match answer.get("error"):
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += SLOW_DOWN
                case "access_denied":
                    fail("Not signed in: the request was refused")
                case "expired_token":
                    break
                case _:
                    fail(f"Not signed in: {_error(answer)}")
        return fail("Not signed in: the code has expired. Run rj login again")

    def refresh(self, session: Session) -> Session | None:
        """The session with a new access token; None where the issuer gives none any more. Raises UsageError."""
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token, "client_id": self.client_id}
        status, answer = self._post("token_endpoint", {**form, **self._resource()})
        return self._session(answer, session) if status == httpx.codes.OK else None

    def sign_in_as(self, account: str, secret: str) -> Session:
        """A session for `account` by the secret of the embedded stack's issuer. Raises UsageError."""
        form = {"grant_type": "client_credentials", "client_id": account, "client_secret": secret}
        status, answer = self._post("token_endpoint", form)
        if status != httpx.codes.OK:
            fail(f"The embedded stack has no {account!r}: c.okafor is a caseworker, s.lindqvist a supervisor")
        return self._session(answer)

    def sign_out(self, session: Session) -> None:
        """Withdraw the refresh token, as far as the issuer offers it. Raises UsageError."""
        if session.refresh_token and "revocation_endpoint" in self.endpoints:
            self._post("revocation_endpoint", {"token": session.refresh_token, "client_id": self.client_id})
        elif session.id_token and "end_session_endpoint" in self.endpoints:
            self._post("end_session_endpoint", {"id_token_hint": session.id_token, "client_id": self.client_id})

    def _resource(self) -> dict[str, str]:
        return {"resource": self.resource} if self.resource else {}

    def _session(self, answer: Mapping[str, Any], before: Session | None = None) -> Session:
        return Session(
            access_token=answer["access_token"],
            expires_at=time.time() + float(answer.get("expires_in", 300)),
            issuer=self.url,
            client_id=self.client_id,
            refresh_token=answer.get("refresh_token") or (before.refresh_token if before else ""),
            id_token=answer.get("id_token") or (before.id_token if before else ""),
        )

    def _post(self, endpoint: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        address = self.endpoints.get(endpoint)
        if not isinstance(address, str):
            fail(f"The issuer at {self.url} has no {endpoint}")
        return _request(require_safe(endpoint, address), "POST", form)


class IssuerUnreachable(UsageError):
    """The issuer does not answer, or not as an issuer does."""


def discover(service: Service) -> OidcIssuer:
    """The issuer of `service`. Raises UsageError."""
    if not service.setting("OIDC_ISSUER"):
        fail("No issuer set: set RJ_OIDC_ISSUER to the address of your organisation's issuer")
    url = require_safe("RJ_OIDC_ISSUER", service.setting("OIDC_ISSUER"))
    status, document = _request(f"{url.rstrip('/')}/.well-known/openid-configuration", "GET")
    if status != httpx.codes.OK or document.get("issuer") != url:
        raise IssuerUnreachable(f"{url} is not an OpenID Connect issuer: RJ_OIDC_ISSUER must be as its document says")
    client_id = service.setting("OIDC_CLIENT_ID", "rj")
    scope = service.setting("OIDC_SCOPE", "openid offline_access")
    return OidcIssuer(url, client_id, scope, service.setting("OIDC_RESOURCE"), document)


def _request(url: str, method: str, form: Mapping[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    try:
        with http_client(url, timeout=TIMEOUT) as http:
            answer = http.request(method, url, data=form, headers={"accept": "application/json"})
    except httpx.HTTPError:
        raise IssuerUnreachable(f"The issuer at {url} does not answer: is it running?") from None
    try:
        value = answer.json()
    except ValueError:
        value = {}
    return answer.status_code, value if isinstance(value, dict) else {}


def _error(answer: Mapping[str, Any]) -> str:
    return str(answer.get("error_description") or answer.get("error") or "it gave no reason")
