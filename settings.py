"""Settings, read from the environment once, in the entry points, and handed on as values."""

from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, Self

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ports.token_key import TokenKey

PREFIX = "RJ_"
MIN_KEY_LENGTH = 32
"""Characters of a key: `openssl rand -hex 32` makes one of 64."""

NotifyTemplate = Annotated[str, Field(pattern=r"^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})?$")]

SigningAlgorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""All have a public key: a secret that is shared with the issuer could be used to make tokens."""
_SAFE_URL = r"^$|^https://\S+$|^http://(127\.0\.0\.1|localhost|\[::1\])[:/]\S*$"
"""Anyone who could change what the issuer sends could sign in as anybody; on the same machine nobody can."""


class SettingsError(Exception):
    """A setting is missing or invalid. The text is one line with each such variable, and no values."""


class Settings(BaseSettings):
    """Each field is the variable `RJ_<FIELD>`. Secrets have no default and are not shown."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    database_url: SecretStr
    token_key: SecretStr | None = None
    token_key_file: FilePath | None = None
    """A file with the key, instead of the key itself."""
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
    """Where agencies reach this service: the status address of an accepted message begins with it."""
    clock_file: FilePath | None = None
    """A file with the clock of the cases, where that is not real time: in an embedded stack with shorter days."""
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks with private addresses in which agencies may be reached, separated by commas; others are refused."""
    smtp_host: str = ""
    """The relay for email; empty: there is none."""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr | None = None
    smtp_ca: FilePath | None = None
    mail_from: str = "restorative.justice@localhost"
    answer_link_days: Annotated[int, Field(ge=1, le=366)] = 90
    """For how many real days the link in an email to an agency is valid."""
    hmpps_cert: FilePath | None = None
    hmpps_key: FilePath | None = None
    hmpps_ca: FilePath | None = None
    hmpps_api_key: SecretStr | None = None
    notifications: Literal["none", "email", "notify"] = "none"
    """How notifications to victims are sent; none: they remain in the outbox."""
    notifications_contact: Annotated[str, Field(max_length=40)] = ""
    """The telephone number that a message to a victim names, unless its area or its caseworker has one."""
    notifications_delay_minutes: Annotated[int, Field(ge=0, le=1440)] = 30
    """How long messages wait that do not answer the victim, by the cases' time: until then a correction stops them."""
    notify_url: Annotated[str, Field(pattern=r"^https?://")] = "https://api.notifications.service.gov.uk"
    notify_api_key: SecretStr | None = None
    notify_email_template: NotifyTemplate = ""
    notify_text_template: NotifyTemplate = ""
    notify_letter_template: NotifyTemplate = ""
    """The id of a template. In a form without one, a caseworker tells the victim."""
    notify_callback_token: SecretStr | None = None
    """The bearer token with which GOV.UK Notify posts delivery receipts."""
    oidc_issuer: Annotated[str, Field(pattern=_SAFE_URL)] = ""
    """The issuer of staff's tokens, exactly as in its discovery document; empty: nobody signs in."""
    oidc_audience: str = ""
    """The audience of their tokens: this service."""
    oidc_jwks_url: Annotated[str, Field(pattern=_SAFE_URL)] = ""
    """The address of its keys; empty: the one in its discovery document."""
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
    temporal_ui_url: Annotated[str, Field(pattern=r"^$|^https?://\S+$")] = ""
    """Where Temporal's web UI is, for the page at `/`; the embedded stack sets it."""
    reconcile_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    """How often the case file is compared with the workflows; 0: never."""
    reconcile_cases: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """How many cases are checked one by one each time, continuing from the last."""
    long_standing_weeks: Annotated[int, Field(ge=1, le=520)] = 26
    """After how many weeks a wait is listed as stuck although it is not overdue, by the cases' time."""
    duty_addresses: dict[str, str] = {}
    """The mail address of each area's duty officer, who gets urgent alerts at any hour, where there is a relay."""
    digest: bool = True
    """Whether supervisors and caseworkers receive a digest in the morning, where there is a relay."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must be a postgresql:// address")
        return url

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _split_networks(cls, networks: object) -> object:
        if not isinstance(networks, str):
            return networks
        try:
            return tuple(ip_network(network.strip()) for network in networks.split(","))
        except ValueError:
            raise ValueError("must be networks as in 10.0.0.0/8, fd00::/8") from None

    @field_validator("oidc_algorithms", mode="before")
    @classmethod
    def _split_algorithms(cls, algorithms: object) -> object:
        return tuple(name.strip() for name in algorithms.split(",")) if isinstance(algorithms, str) else algorithms

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, mail_from: str) -> str:
        try:
            ((name, address),) = getaddresses([mail_from])
            Address(name, addr_spec=address)
        except (ValueError, IndexError, MessageError):
            raise ValueError("must be a mail address, as in Casework <casework@example.org>") from None
        return mail_from

    @field_validator("duty_addresses")
    @classmethod
    def _check_duty_addresses(cls, addresses: dict[str, str]) -> dict[str, str]:
        for address in addresses.values():
            try:
                Address(addr_spec=address)
            except (ValueError, IndexError, MessageError):
                raise ValueError('must be mail addresses, as in {"eastmoor": "duty@example.org"}') from None
        return addresses

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower_log_level(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _check_temporal_certificate(self) -> Self:
        if (self.temporal_tls_cert is None) != (self.temporal_tls_key is None):
            raise ValueError("RJ_TEMPORAL_TLS_CERT and RJ_TEMPORAL_TLS_KEY are set together")
        return self

    @model_validator(mode="after")
    def _check_temporal_encryption(self) -> Self:
        credentials = (self.temporal_api_key, self.temporal_tls_cert, self.temporal_tls_ca)
        if any(credentials) and not self.temporal_tls:
            raise ValueError("RJ_TEMPORAL_TLS must be true where an API key or certificate for Temporal is set")
        return self

    @model_validator(mode="after")
    def _check_relay_login(self) -> Self:
        if (self.smtp_password is None) != (not self.smtp_username):
            raise ValueError("RJ_SMTP_USERNAME and RJ_SMTP_PASSWORD are set together")
        if self.smtp_password is not None and self.smtp_security == "none":
            raise ValueError("RJ_SMTP_SECURITY must be starttls or tls where RJ_SMTP_PASSWORD is set")
        return self

    @model_validator(mode="after")
    def _check_audience(self) -> Self:
        """Without an audience, tokens that the issuer made for other services would be accepted."""
        if (not self.oidc_issuer) != (not self.oidc_audience):
            raise ValueError("RJ_OIDC_ISSUER and RJ_OIDC_AUDIENCE are set together")
        return self

    @model_validator(mode="after")
    def _check_issuer_address(self) -> Self:
        """Anyone who can read a file of the embedded stack can have a token for anybody."""
        for name in ("oidc_issuer", "oidc_jwks_url"):
            if getattr(self, name).startswith("http://") and not self.local:
                raise ValueError(f"{PREFIX}{name.upper()} must be https: http is for the issuer that comes with rj up")
        return self

    @model_validator(mode="after")
    def _check_notification_channel(self) -> Self:
        if self.notifications == "email" and not self.smtp_host:
            raise ValueError("RJ_SMTP_HOST must be set where RJ_NOTIFICATIONS is email")
        if self.notifications == "notify" and self.notify_api_key is None:
            raise ValueError("RJ_NOTIFY_API_KEY must be set where RJ_NOTIFICATIONS is notify")
        if self.notifications != "none" and not self.notifications_contact:
            raise ValueError("RJ_NOTIFICATIONS_CONTACT must be set: each message to a victim names a telephone number")
        return self

    def read_token_key(self) -> TokenKey:
        """Return the key of the tokens that replace what may be a name. Raises SettingsError."""
        if (self.token_key is None) == (self.token_key_file is None):
            raise SettingsError("RJ_TOKEN_KEY or RJ_TOKEN_KEY_FILE must be set, and only one of them")
        name, text = "RJ_TOKEN_KEY", self.token_key.get_secret_value() if self.token_key else ""
        if self.token_key_file is not None:
            name = "RJ_TOKEN_KEY_FILE"
            try:
                text = self.token_key_file.read_text()
            except (OSError, UnicodeDecodeError):
                raise SettingsError(f"{name}: cannot be read as text") from None
        if len(text.strip()) < MIN_KEY_LENGTH:
            raise SettingsError(f"{name}: must have at least {MIN_KEY_LENGTH} characters")
        return TokenKey(text.strip().encode())

    def temporal_tls_files(self) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Return the client's certificate, its key and the server's CA, as PEM, as far as they are set."""
        paths = (self.temporal_tls_cert, self.temporal_tls_key, self.temporal_tls_ca)
        cert, key, ca = (path.read_bytes() if path else None for path in paths)
        return cert, key, ca


def load_settings() -> Settings:
    """Return the settings of this process. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        # The library's own text repeats the values, which may be secret.
        problems = []
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            text = "is not set" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            problems.append(f"{PREFIX}{str(problem['loc'][0]).upper()}: {text}" if problem["loc"] else text)
        raise SettingsError("; ".join(problems)) from None
