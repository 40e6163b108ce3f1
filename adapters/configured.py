"""What the settings say of the outside, as the parts that use it take it."""

from adapters.channels.hmpps.http import RegisterAccess
from adapters.channels.relay import Relay
from settings import Settings


def relay_of(settings: Settings) -> Relay:
    """The relay for e-mail; one without a host sends nothing, and says so."""
    password = settings.smtp_password
    return Relay(
        settings.smtp_host,
        settings.smtp_port,
        security=settings.smtp_security,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else "",
        ca=settings.smtp_ca,
    )


def register_access_of(settings: Settings) -> RegisterAccess | None:
    """What opens the register; None where a part of it is not set."""
    certificate, key, api_key = settings.hmpps_cert, settings.hmpps_key, settings.hmpps_api_key
    if certificate is None or key is None or api_key is None:
        return None
    return RegisterAccess(certificate, key, api_key.get_secret_value(), settings.hmpps_ca)
