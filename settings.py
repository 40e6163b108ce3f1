"""Settings, read from the environment once, in the entry points, and handed on as values."""

import time
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "RJ_"


NotifyTemplate = Annotated[str, Field(pattern=r"^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})?$")]


SigningAlgorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Those with a public key only: a secret that is shared with the issuer could be used to make tokens."""
_SAFE_URL = r"^$|^https://\S+$|^http://(127\.0\.0\.1|localhost|\[::1\])[:/]\S*$"
"""Who could read or change what the issuer says could sign in as anybody; on this machine nobody is between."""


class SettingsError(Exception):
    """A setting is missing or cannot be used. The text is one line: each such variable, and no values."""


class Settings(BaseSettings):
    """Each field is the variable `RJ_<FIELD>`. What is secret has no default and is not shown."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    database_url: SecretStr
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_tls: bool = False
    temporal_tls_cert: FilePath | None = None
    temporal_tls_key: FilePath | None = None
    temporal_tls_ca: FilePath | None = None
    task_queue: str = "restorative-justice"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^https?://")] = "http://127.0.0.1:8000"
    """Where agencies reach us: the status address of a message that was taken begins with it."""
    day_seconds: Annotated[float, Field(gt=0)] = 86_400
    """How long one day of a case lasts, in real seconds."""
    clock_origin: Annotated[float, Field(ge=0)] = Field(default_factory=time.time)
    """When a clock with shorter days showed the real time, in seconds since 1970; all cases begun then share it."""
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks with private addresses in which agencies may be asked, parted by commas; others are refused."""
    smtp_host: str = ""
    """The relay for agencies and people that are reached by e-mail; empty: there is none."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr | None = None
    smtp_ca: FilePath | None = None
    mail_from: str = "restorative.justice@localhost"
    answer_link_days: Annotated[int, Field(ge=1, le=366)] = 90
    """For how many real days the link in an e-mail to an agency can be used."""
    hmpps_cert: FilePath | None = None
    hmpps_key: FilePath | None = None
    hmpps_ca: FilePath | None = None
    hmpps_api_key: SecretStr | None = None
    notifications: Literal["none", "email", "notify"] = "none"
    """How notices to victims leave the outbox; none: they stay there."""
    notifications_contact: Annotated[str, Field(max_length=40)] = ""
    """How victims reach the service, as each message tells them; empty: through their caseworker."""
    notify_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.notifications.service.gov.uk"
    notify_api_key: SecretStr | None = None
    notify_email_template: NotifyTemplate = ""
    notify_text_template: NotifyTemplate = ""
    notify_letter_template: NotifyTemplate = ""
    """By id; a form without a template is told by a caseworker."""
    notify_callback_token: SecretStr | None = None
    """What GOV.UK Notify shows when it posts a delivery receipt."""
    oidc_issuer: Annotated[str, Field(pattern=_SAFE_URL)] = ""
    """Whose tokens staff show, as its discovery document says it to the letter; empty: nobody signs in."""
    oidc_audience: str = ""
    """What their tokens are made for: this service."""
    oidc_jwks_url: Annotated[str, Field(pattern=_SAFE_URL)] = ""
    """Where its keys are; empty: where its discovery document says."""
    oidc_algorithms: Annotated[tuple[SigningAlgorithm, ...], NoDecode, Field(min_length=1)] = (
        "RS256",
        "PS256",
        "ES256",
        "EdDSA",
    )
    oidc_roles_claim: Annotated[str, Field(min_length=1)] = "roles"
    oidc_areas_claim: Annotated[str, Field(min_length=1)] = "areas"
    oidc_account_claim: Annotated[str, Field(min_length=1)] = "sub"
    local: bool = False
    """Whether this is the embedded stack, which sets it: only there the issuer may be on this machine, by `http`."""
    reconcile_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How often the case file is compared with the workflows; 0: never."""
    reconcile_cases: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """How many cases are asked by themselves each time, in turn."""
    digest: bool = True
    """Whether supervisors are sent a digest in the morning, where there is a relay."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must be a postgresql:// address")
        return url

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _parted_by_commas(cls, networks: object) -> object:
        if not isinstance(networks, str):
            return networks
        try:
            return tuple(ip_network(each.strip()) for each in networks.split(","))
        except ValueError:
            raise ValueError("must be networks as in 10.0.0.0/8, fd00::/8") from None

    @field_validator("oidc_algorithms", mode="before")
    @classmethod
    def _names_parted_by_commas(cls, algorithms: object) -> object:
        return tuple(each.strip() for each in algorithms.split(",")) if isinstance(algorithms, str) else algorithms

    @field_validator("mail_from")
    @classmethod
    def _is_one_mailbox(cls, mail_from: str) -> str:
        try:
            ((name, address),) = getaddresses([mail_from])
            Address(name, addr_spec=address)
        except (ValueError, IndexError, MessageError):
            raise ValueError("must be a mail address, as in Casework <casework@example.org>") from None
        return mail_from

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_lower_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _certificate_comes_with_its_key(self) -> Self:
        if (self.temporal_tls_cert is None) != (self.temporal_tls_key is None):
            raise ValueError("RJ_TEMPORAL_TLS_CERT and RJ_TEMPORAL_TLS_KEY are set together")
        return self

    @model_validator(mode="after")
    def _credentials_travel_encrypted(self) -> Self:
        """Also says that a certificate without TLS would be quietly unused."""
        credentials = (self.temporal_api_key, self.temporal_tls_cert, self.temporal_tls_ca)
        if any(credentials) and not self.temporal_tls:
            raise ValueError("RJ_TEMPORAL_TLS must be true where an API key or certificate for Temporal is set")
        return self

    @model_validator(mode="after")
    def _login_to_the_relay_travels_encrypted(self) -> Self:
        if (self.smtp_password is None) != (not self.smtp_username):
            raise ValueError("RJ_SMTP_USERNAME and RJ_SMTP_PASSWORD are set together")
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError("RJ_SMTP_SECURITY must be starttls or tls where RJ_SMTP_PASSWORD is set")
        return self

    @model_validator(mode="after")
    def _tokens_are_made_for_us(self) -> Self:
        """A token that the issuer made for another service opens nothing here."""
        if (not self.oidc_issuer) != (not self.oidc_audience):
            raise ValueError("RJ_OIDC_ISSUER and RJ_OIDC_AUDIENCE are set together")
        return self

    @model_validator(mode="after")
    def _the_local_issuer_is_for_the_embedded_stack(self) -> Self:
        """Whoever can read a file on its machine may have a token for anybody."""
        for name in ("oidc_issuer", "oidc_jwks_url"):
            if getattr(self, name).startswith("http://") and not self.local:
                raise ValueError(f"{PREFIX}{name.upper()} must be https: http is for the issuer that comes with rj up")
        return self

    @model_validator(mode="after")
    def _notices_have_a_way(self) -> Self:
        if self.notifications == "email" and not self.smtp_host:
            raise ValueError("RJ_SMTP_HOST must be set where RJ_NOTIFICATIONS is email")
        if self.notifications == "notify" and self.notify_api_key is None:
            raise ValueError("RJ_NOTIFY_API_KEY must be set where RJ_NOTIFICATIONS is notify")
        return self

    def temporal_tls_files(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """The client's certificate, its key and the server's CA, as PEM, as far as they are set."""
        cert, key, ca = (
            _content(path) for path in (self.temporal_tls_cert, self.temporal_tls_key, self.temporal_tls_ca)
        )
        return cert, key, ca


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        # The library's text repeats the values, which may be secret.
        details = error.errors(include_url=False, include_input=False, include_context=False)
        faults = [_fault(detail["loc"], detail["type"], detail["msg"]) for detail in details]
        raise SettingsError("; ".join(faults)) from None


def _fault(where: tuple[int | str, ...], kind: str, message: str) -> str:
    text = "is not set" if kind == "missing" else message.removeprefix("Value error, ")
    return f"{PREFIX}{str(where[0]).upper()}: {text}" if where else text


def _content(path: Path | None) -> bytes | None:
    return path.read_bytes() if path else None
