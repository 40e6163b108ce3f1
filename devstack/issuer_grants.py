"""What the embedded stack's issuer grants, by Authlib's classes. Its codes and refresh tokens live in memory only."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
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
from ports.staff import STAFF_ID

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
class GrantStore:
    """Everything granted and not used yet, by its code or token."""

    devices: dict[str, DeviceRequest] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)

    def find_device(self, user_code: str) -> DeviceRequest | None:
        """The device that shows this code, if nobody has decided about it yet and there is still time."""
        code = user_code.strip().upper()
        waiting = (
            device for device in self.devices.values() if device.decision is None and not device.credential.is_expired()
        )
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


class _CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    server: "IssuerServer"

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        self.server.granted.codes[code] = AuthorizationCode(
            code,
            request.client.id,
            request.user,
            request.payload.redirect_uri,
            request.scope or "",
            asked.get("nonce", ""),
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", ""),
        )

    def query_authorization_code(self, code: str, client: IssuerClient) -> AuthorizationCode | None:
        found = self.server.granted.codes.get(code)
        is_usable = found and found.client == client.id and time.time() < found.made_at + SECONDS_FOR_A_CODE
        return found if is_usable else None

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        del self.server.granted.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: AuthorizationCode) -> Account:
        return authorization_code.account


class _Pkce(CodeChallenge):
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)


class _RefreshGrant(grants.RefreshTokenGrant):
    """Each refresh token is good once: the answer has the next one."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: "IssuerServer"

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        return self.server.granted.refresh_tokens.get(refresh_token)

    def authenticate_user(self, refresh_token: RefreshToken) -> Account:
        return refresh_token.account

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        del self.server.granted.refresh_tokens[refresh_token.token]


class _SecretGrant(grants.ClientCredentialsGrant):
    """A token for any account by the secret of the stack's folder; `roles` and `areas` (words) describe a new one."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def validate_token_request(self) -> None:
        super().validate_token_request()
        asked, account = self.request.payload.data, self.request.client.id
        known = sample_account(account) or Account(account, (), ())
        roles = tuple(asked["roles"].split()) if asked.get("roles") else known.roles
        areas = tuple(asked["areas"].split()) if "areas" in asked else known.areas
        if not roles or STAFF_ID.fullmatch(account) is None:
            raise InvalidClientError(status_code=401)
        self.request.user = Account(account, roles, areas)

    def create_token_response(self) -> tuple[int, Any, Any]:
        token = self.generate_token(self.request.user, expires_in=SECONDS_BY_SECRET, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _DeviceGrant(DeviceCodeGrant):
    server: "IssuerServer"

    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        device = self.server.granted.devices.get(device_code)
        return device.credential if device else None

    def query_user_grant(self, user_code: str) -> tuple[Account | None, bool] | None:
        decision = self._device().decision
        if decision is not None:
            # Approved or denied, a device code is good for one answer.
            del self.server.granted.devices[self.request.payload.data["device_code"]]
        return decision

    def should_slow_down(self, credential: DeviceCredentialDict) -> bool:
        device, now = self._device(), time.monotonic()
        # A client that waits as long as it was told may be a moment early by its own clock.
        too_soon = now - device.polled_at < IssuerDeviceEndpoint.INTERVAL * 0.9
        device.polled_at = now
        return too_soon

    def _device(self) -> DeviceRequest:
        return self.server.granted.devices[self.request.payload.data["device_code"]]


class IssuerDeviceEndpoint(DeviceAuthorizationEndpoint):
    """Where a device asks for a code that somebody approves at `/device`."""

    CLIENT_AUTH_METHODS = ("none",)
    EXPIRES_IN = SECONDS_FOR_A_CODE
    INTERVAL = 1
    server: "IssuerServer"

    def get_verification_uri(self) -> str:
        return f"{self.server.url}/device"

    def save_device_credential(self, client_id: str, scope: str, data: Mapping[str, Any]) -> None:
        expires_at = time.time() + self.EXPIRES_IN
        credential = DeviceCredentialDict(client_id=client_id, scope=scope, expires_at=expires_at, **data)
        self.server.granted.devices[data["device_code"]] = DeviceRequest(credential)


class _IdTokens(OpenIDCode):
    def __init__(self, server: "IssuerServer") -> None:
        super().__init__()
        self._server = server

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return any(code.nonce == nonce for code in self._server.granted.codes.values())

    def generate_user_info(self, user: Account, scope: str) -> dict[str, str]:
        return {"sub": user.id}

    def get_client_algorithm(self, client: IssuerClient) -> str:
        return ALGORITHM

    def get_encode_header(self, client: IssuerClient) -> dict[str, str | None]:
        return {"alg": ALGORITHM, "kid": self._server.key.kid}

    def get_client_claims(self, client: IssuerClient) -> dict[str, str]:
        return {"iss": self._server.url, "aud": client.id}

    def resolve_client_private_key(self, client: IssuerClient) -> ECKey:
        return self._server.key


class _EndSession(EndSessionEndpoint):
    server: "IssuerServer"

    def get_server_jwks(self) -> KeySet:
        return KeySet([self.server.key])

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def _is_valid_post_logout_redirect_uri(self, client: IssuerClient, post_logout_redirect_uri: str) -> bool:
        return client.check_redirect_uri(post_logout_redirect_uri)

    def end_session(self, end_session_request: Any) -> None:
        claims = end_session_request.id_token_claims
        if claims is None:
            return
        tokens = self.server.granted.refresh_tokens
        for token in [
            token for token in tokens.values() if (token.client, token.account.id) == (claims["aud"], claims["sub"])
        ]:
            del tokens[token.token]


class IssuerServer(AuthorizationServer):
    """Authlib's server for one issuer at `url`. `secret`: of every account as a client."""

    def __init__(self, url: str, key: ECKey, secret: str) -> None:
        super().__init__()
        self.url, self.key, self._secret = url, key, secret
        self.granted = GrantStore()
        lasting: Callable[..., str] = lambda **_: secrets.token_urlsafe(32)  # noqa: E731
        self.register_token_generator(
            "default",
            BearerTokenGenerator(self._access_token, lasting, expires_generator=lambda *_: SECONDS_UNTIL_REFRESH),
        )
        id_tokens = _IdTokens(self)
        self.register_grant(_CodeGrant, [_Pkce(), id_tokens])
        self.register_grant(_DeviceGrant, [id_tokens])
        self.register_grant(_RefreshGrant, [id_tokens])
        self.register_grant(_SecretGrant)
        self.register_endpoint(IssuerDeviceEndpoint)
        self.register_endpoint(_EndSession)

    def query_client(self, client_id: str) -> IssuerClient:
        grant_types = {
            COMMAND_LINE: frozenset({DEVICE_CODE_GRANT_TYPE, "refresh_token"}),
            CONSOLE: frozenset({"authorization_code", "refresh_token"}),
        }
        if client_id in grant_types:
            return IssuerClient(client_id, grant_types[client_id])
        return IssuerClient(client_id, frozenset({"client_credentials"}), self._secret)

    def save_token(self, token: Mapping[str, str], request: OAuth2Request) -> None:
        if "refresh_token" in token:
            kept = RefreshToken(token["refresh_token"], request.client.id, request.user, token.get("scope", ""))
            self.granted.refresh_tokens[kept.token] = kept

    def create_oauth2_request(self, request: IssuerRequest) -> IssuerRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        named = {name.lower(): value for name, value in headers} | {"cache-control": "no-store"}
        return Response(body, status, named) if isinstance(body, str) else JSONResponse(body, status, named)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def _access_token(self, client: IssuerClient, grant_type: str, user: Account, scope: str) -> str:
        now = int(time.time())
        lasts = SECONDS_BY_SECRET if grant_type == "client_credentials" else SECONDS_UNTIL_REFRESH
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": user.id,
            "client_id": client.id,
            "roles": list(user.roles),
            "areas": list(user.areas),
            "iat": now,
            "exp": now + lasts,
            "jti": secrets.token_urlsafe(12),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid, "typ": "at+jwt"}, claims, self.key)
