from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings import Settings, SettingsError, load_settings

DATABASE = "postgresql://rj:made-up@127.0.0.1/casework"


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"RJ_{field.upper()}", raising=False)
    monkeypatch.setenv("RJ_DATABASE_URL", DATABASE)
    return monkeypatch


def test_the_address_of_the_database_is_all_that_must_be_set(setting: pytest.MonkeyPatch) -> None:
    settings = load_settings()

    assert settings.database_url.get_secret_value() == DATABASE
    assert (settings.temporal_address, settings.temporal_namespace) == ("127.0.0.1:7233", "default")
    assert (settings.task_queue, settings.clock_file) == ("restorative-justice", None)


def test_what_is_missing_is_named(setting: pytest.MonkeyPatch) -> None:
    setting.delenv("RJ_DATABASE_URL")

    with pytest.raises(SettingsError, match=r"^RJ_DATABASE_URL: is not set$"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RJ_DATABASE_URL", "mysql://rj:made-up@db/casework"),
        ("RJ_PORT", "eighty"),
        ("RJ_PORT", "70000"),
        ("RJ_CLOCK_FILE", "/not/there.json"),
        ("RJ_LOG_FORMAT", "xml"),
        ("RJ_LOG_LEVEL", "loud"),
        ("RJ_PUBLIC_URL", "example.org"),
        ("RJ_TEMPORAL_TLS", "perhaps"),
        ("RJ_TEMPORAL_TLS_CA", "/not/there.pem"),
        ("RJ_ALLOWED_NETWORKS", "10.0.0.0/8, nowhere"),
        ("RJ_ALLOWED_NETWORKS", "10.0.0.1/8"),
        ("RJ_OIDC_ISSUER", "http://issuer.example"),
        ("RJ_OIDC_ISSUER", "http://127.0.0.1.evil.example/"),
        ("RJ_OIDC_JWKS_URL", "ftp://issuer.example/keys"),
        ("RJ_OIDC_ALGORITHMS", "RS256,HS256"),
        ("RJ_OIDC_ALGORITHMS", "none"),
    ],
)
def test_a_bad_value_gives_one_line_with_the_variable_and_without_the_value(
    setting: pytest.MonkeyPatch, name: str, value: str
) -> None:
    setting.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert str(refused.value).startswith(f"{name}: ")
    assert value not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_fault_is_told_at_once(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_PORT", "eighty")
    setting.setenv("RJ_CLOCK_FILE", "/not/there.json")

    with pytest.raises(SettingsError, match=r"RJ_PORT: .*; RJ_CLOCK_FILE: "):
        load_settings()


def test_networks_are_parted_by_commas(setting: pytest.MonkeyPatch) -> None:
    assert load_settings().allowed_networks == ()

    setting.setenv("RJ_ALLOWED_NETWORKS", "10.0.0.0/8, fd00::/8")

    assert load_settings().allowed_networks == (IPv4Network("10.0.0.0/8"), IPv6Network("fd00::/8"))


def test_a_key_without_tls_is_refused(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_TEMPORAL_API_KEY", "made-up")

    with pytest.raises(SettingsError, match="RJ_TEMPORAL_TLS must be true"):
        load_settings()


def test_a_certificate_without_its_key_is_refused(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_bytes(b"certificate")
    setting.setenv("RJ_TEMPORAL_TLS", "true")
    setting.setenv("RJ_TEMPORAL_TLS_CERT", str(tmp_path / "cert.pem"))

    with pytest.raises(SettingsError, match="RJ_TEMPORAL_TLS_CERT and RJ_TEMPORAL_TLS_KEY"):
        load_settings()


def test_certificates_are_read_from_their_files(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    setting.setenv("RJ_TEMPORAL_TLS", "true")
    for part in ("cert", "key"):
        (tmp_path / part).write_bytes(part.encode())
        setting.setenv(f"RJ_TEMPORAL_TLS_{part.upper()}", str(tmp_path / part))

    assert load_settings().temporal_tls_files() == (b"cert", b"key", None)


def test_secrets_are_not_shown(setting: pytest.MonkeyPatch) -> None:
    settings = Settings(database_url=SecretStr(DATABASE), temporal_api_key=SecretStr("made-up"), temporal_tls=True)

    assert "made-up" not in repr(settings)


def test_an_empty_variable_counts_as_not_set(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_PORT", "")

    assert load_settings().port == 8000


@pytest.mark.parametrize(("channel", "missing"), [("email", "RJ_SMTP_HOST"), ("notify", "RJ_NOTIFY_API_KEY")])
def test_a_channel_to_victims_needs_its_settings(setting: pytest.MonkeyPatch, channel: str, missing: str) -> None:
    setting.setenv("RJ_NOTIFICATIONS", channel)

    with pytest.raises(SettingsError, match=f"^{missing} must be set where RJ_NOTIFICATIONS is {channel}$"):
        load_settings()


def test_a_message_to_a_victim_names_a_telephone_number(setting: pytest.MonkeyPatch) -> None:
    """2.11."""
    setting.setenv("RJ_NOTIFICATIONS", "email")
    setting.setenv("RJ_SMTP_HOST", "127.0.0.1")

    with pytest.raises(SettingsError, match=r"^RJ_NOTIFICATIONS_CONTACT must be set"):
        load_settings()


def test_a_template_is_named_by_its_id(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_NOTIFY_TEXT_TEMPLATE", "our text")

    with pytest.raises(SettingsError, match="RJ_NOTIFY_TEXT_TEMPLATE") as fault:
        load_settings()
    assert "our text" not in str(fault.value)


def test_a_login_to_the_relay_is_whole_and_encrypted(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_SMTP_USERNAME", "casework")
    with pytest.raises(SettingsError, match="RJ_SMTP_USERNAME and RJ_SMTP_PASSWORD are set together"):
        load_settings()
    setting.setenv("RJ_SMTP_PASSWORD", "made-up")
    assert load_settings().smtp_security == "starttls"
    setting.setenv("RJ_SMTP_SECURITY", "none")
    with pytest.raises(SettingsError, match="RJ_SMTP_SECURITY must be starttls or tls"):
        load_settings()


@pytest.mark.parametrize("sender", ["casework", "a@", "@b", "a@b.example, c@d.example\r\nBcc: e@f.example"])
def test_mail_comes_from_one_mailbox(setting: pytest.MonkeyPatch, sender: str) -> None:
    setting.setenv("RJ_MAIL_FROM", sender)

    with pytest.raises(SettingsError, match="RJ_MAIL_FROM: must be a mail address"):
        load_settings()


def test_a_sender_may_have_a_name(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_MAIL_FROM", "Restorative justice <casework@example.org>")

    assert load_settings().mail_from == "Restorative justice <casework@example.org>"


@pytest.mark.parametrize("name", ["RJ_OIDC_ISSUER", "RJ_OIDC_AUDIENCE"])
def test_an_issuer_comes_with_the_audience_of_its_tokens(setting: pytest.MonkeyPatch, name: str) -> None:
    setting.setenv(name, "https://issuer.example")

    with pytest.raises(SettingsError, match=r"^RJ_OIDC_ISSUER and RJ_OIDC_AUDIENCE are set together$"):
        load_settings()


@pytest.mark.parametrize("name", ["RJ_OIDC_ISSUER", "RJ_OIDC_JWKS_URL"])
@pytest.mark.parametrize("address", ["http://127.0.0.1:8039", "http://localhost:8039/keys", "http://[::1]:8039"])
def test_an_issuer_of_this_machine_is_for_the_embedded_stack_alone(
    setting: pytest.MonkeyPatch, name: str, address: str
) -> None:
    setting.setenv("RJ_OIDC_ISSUER", "https://issuer.example")
    setting.setenv("RJ_OIDC_AUDIENCE", "casework")
    setting.setenv(name, address)

    with pytest.raises(SettingsError, match=f"^{name} must be https: http is for the issuer that comes with rj up$"):
        load_settings()

    setting.setenv("RJ_LOCAL", "true")
    assert getattr(load_settings(), name.removeprefix("RJ_").lower()) == address


def test_the_embedded_stack_does_not_allow_an_issuer_elsewhere(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_LOCAL", "true")
    setting.setenv("RJ_OIDC_AUDIENCE", "casework")
    setting.setenv("RJ_OIDC_ISSUER", "http://issuer.example")

    with pytest.raises(SettingsError, match=r"^RJ_OIDC_ISSUER: "):
        load_settings()


def test_algorithms_are_parted_by_commas(setting: pytest.MonkeyPatch) -> None:
    setting.setenv("RJ_OIDC_ALGORITHMS", "ES256, EdDSA")

    assert load_settings().oidc_algorithms == ("ES256", "EdDSA")


KEY = "4c5e08a7d5b94e0c9a2f3b61c7d8e9f0"


def test_the_key_of_the_tokens_is_a_setting_or_a_file(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    setting.setenv("RJ_TOKEN_KEY", KEY)
    assert load_settings().read_token_key().secret == KEY.encode()
    assert KEY not in repr(load_settings())
    setting.delenv("RJ_TOKEN_KEY")
    file = tmp_path / "token-key"
    file.write_text(f"{KEY}\n")
    setting.setenv("RJ_TOKEN_KEY_FILE", str(file))
    assert load_settings().read_token_key().secret == KEY.encode()


@pytest.mark.parametrize("is_both", [False, True])
def test_there_is_no_key_by_default_and_never_two(
    setting: pytest.MonkeyPatch, tmp_path: Path, *, is_both: bool
) -> None:
    file = tmp_path / "token-key"
    file.write_text(KEY)
    for name, value in (("RJ_TOKEN_KEY", KEY), ("RJ_TOKEN_KEY_FILE", str(file))) if is_both else ():
        setting.setenv(name, value)
    with pytest.raises(SettingsError, match=r"^RJ_TOKEN_KEY or RJ_TOKEN_KEY_FILE must be set, and only one of them$"):
        load_settings().read_token_key()


def test_a_short_key_or_a_file_that_is_no_text_is_refused_without_showing_it(
    setting: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setting.setenv("RJ_TOKEN_KEY", "short")
    with pytest.raises(SettingsError, match=r"^RJ_TOKEN_KEY: must have at least 32 characters$"):
        load_settings().read_token_key()
    setting.delenv("RJ_TOKEN_KEY")
    file = tmp_path / "token-key"
    file.write_bytes(b"\xff" * 64)
    setting.setenv("RJ_TOKEN_KEY_FILE", str(file))
    with pytest.raises(SettingsError, match=r"^RJ_TOKEN_KEY_FILE: cannot be read as text$"):
        load_settings().read_token_key()
