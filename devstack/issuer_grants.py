"""What the embedded stack's issuer grants, by Authlib's classes. Its codes and refresh tokens live in memory only."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from application.staff import STAFF_ID
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    BasicOAuth2Payload,
    ClientMixin,
    InvalidClientError,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.models import AuthorizationCodeMixin
from authlib.oidc.rpinitiated import EndSessionEndpoint
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from devstack.sample_staff import find_account

AUDIENCE = "restorative-justice"
ALGORITHM = "ES256"
COMMAND_LINE, CONSOLE = "rj", "console"
SCOPES = ("openid", "offline_access")
SECONDS_UNTIL_REFRESH = 900
SECONDS_BY_SECRET = 8 * 3_600
"""A token that is asked for with the secret cannot be refreshed, so it lasts a working day."""
SECONDS_FOR_A_CODE = 600
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody as tokens describe them: `roles` and `areas` are claims."""

    id: str
    roles: tuple[str, ...]
    areas: tuple[str, ...]


def sample_account(id: str) -> Account | None:
    """The account of one of the invented people."""
    person = find_account(id)
    return Account(id, (person.role.value,), person.areas) if person else None


@dataclass(frozen=True, slots=True)
class IssuerClient(ClientMixin):
    """A client; one without a secret is public. Redirects go to this machine only, at any port (RFC 8252)."""

    id: str
    grant_types: frozenset[str]
    secret: str = ""

    def get_client_id(self) -> str:
        return self.id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return urlsplit(redirect_uri).scheme == "http" and urlsplit(redirect_uri).hostname in LOOPBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.secret) and secrets.compare_digest(client_secret.encode(), self.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") is (not self.secret)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grant_types


@dataclass(frozen=True, slots=True)
class AuthorizationCode(AuthorizationCodeMixin):
    """A code that a client exchanges once for tokens of `account`."""

    code: str
    client: str
    account: Account
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    made_at: float = field(default_factory=time.time)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.made_at)

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token is good for."""

    token: str
    client: str
    account: Account
    scope: str

    def check_client(self, client: IssuerClient) -> bool:
        return client.id == self.client

    def get_scope(self) -> str:
        return self.scope


@dataclass
class DeviceRequest:
    """A device that waits for somebody to approve its `user_code`; `decision` is None until they have decided."""

    credential: DeviceCredentialDict
    decision: tuple[Account | None, bool] | None = None
    polled_at: float = 0.0


@dataclass
class Granted:
    """Everything granted and not used yet, by its code or token."""

    devices: dict[str, DeviceRequest] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)

    def device_of(self, user_code: str) -> DeviceRequest | None:
        """The device that shows this code and was neither approved nor denied yet."""
        code = user_code.strip().upper()
        waiting = (device for device in self.devices.values() if device.decision is None)
        return next((device for device in waiting if device.credential.get_user_code() == code), None)


class IssuerRequest(OAuth2Request):
    """A request as Authlib reads it; `form` is empty for GET."""

    def __init__(self, method: str, uri: str, headers: Headers, form: Mapping[str, str], args: Mapping[str, str]):
        super().__init__(method, uri, headers=headers)
        self._form, self._args = dict(form), dict(args)
        self.payload = BasicOAuth2Payload({**args, **form})

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form
