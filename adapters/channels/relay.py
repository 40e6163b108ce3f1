"""Mail through a relay: a connection for each message, encrypted and verified as configured, failures as codes."""

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import aiosmtplib

Security = Literal["starttls", "tls", "none"]

COMMAND_TIMEOUT = 10.0
SEND_TIMEOUT = 20.0
"""For the whole of it, until the relay has accepted the message."""
QUIT_TIMEOUT = 1.0

_OF_THE_MAILBOX = re.compile(r"5\.[12]\.")
"""How a relay's answer begins that is about the recipient's address or mailbox (RFC 3463)."""
_OF_THE_RELAY = re.compile(r"5\.[03-7]\.")
"""How one begins that is about something else, such as the relay's rules, for any recipient."""


class MailNotSent(Exception):
    """The relay did not accept a message; `code` says why, such as `smtp 451`, `timeout` or `certificate`.

    `permanent`: it rejects the recipient, so that another attempt would not help.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Relay:
    """The relay that mail goes through; with an empty `host` nothing is sent.

    `starttls` and `tls` are mandatory where chosen: nothing is sent over a connection that is not encrypted, or to a
    server whose certificate does not name `host` or is not signed by `ca` (None: the system's).
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security = "starttls",
        username: str = "",
        password: str = "",
        ca: Path | None = None,
    ) -> None:
        if security == "none" and password:
            raise ValueError("a password for the relay needs starttls or tls")
        self._host = host
        self._port = port
        self._security = security
        self._login = (username, password) if username else None
        self._encryption = None if security == "none" else ssl.create_default_context(cafile=ca)

    async def send(self, message: EmailMessage) -> str:
        """Send `message` from its `From` to its `To`, and return the relay's answer. Raises MailNotSent.

        Where no answer came, the relay may have accepted the message, so a repeat keeps its `Message-ID`.
        """
        if not self._host:
            raise MailNotSent("no_relay")
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            # Looking up the name of our own address can take seconds.
            local_hostname=socket.gethostname() or None,
            timeout=COMMAND_TIMEOUT,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._encryption,
        )
        try:
            async with asyncio.timeout(SEND_TIMEOUT) as limit, client:
                if self._login is not None:
                    await client.login(*self._login)
                _, answer = await client.send_message(message)
                limit.reschedule(None)
                # The relay has the mail now, and must not get it again, whatever becomes of the goodbye.
                with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                    async with asyncio.timeout(QUIT_TIMEOUT):
                        await client.quit()
                client.close()
                return answer
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise _to_mail_error(error) from None


def _to_mail_error(error: Exception) -> MailNotSent:
    """Return why a message was not sent. The relay's own text is left out, since it may hold an address."""
    for reason in (error, error.__cause__):
        if isinstance(reason, ssl.SSLError):
            return MailNotSent("certificate" if isinstance(reason, ssl.SSLCertVerificationError) else "tls")
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            # An old relay gives no such code, and means the recipient.
            is_rejected = first.code >= 500 and _OF_THE_RELAY.match(first.message) is None
            return MailNotSent(f"smtp {first.code}", permanent=is_rejected)
        case aiosmtplib.SMTPDataError():
            is_rejected = error.code >= 500 and _OF_THE_MAILBOX.match(error.message) is not None
            return MailNotSent(f"smtp {error.code}", permanent=is_rejected)
        case aiosmtplib.SMTPResponseException():
            # Such as a login or a sender that is rejected: a matter of our settings, not of the recipient.
            return MailNotSent(f"smtp {error.code}")
        case aiosmtplib.SMTPNotSupported() | ValueError():
            return MailNotSent("bad_address", permanent=True)
        case TimeoutError():
            return MailNotSent("timeout")
        case aiosmtplib.SMTPConnectError():
            return MailNotSent("refused")
        case OSError():
            return MailNotSent("broken_off")
        case _:
            # The relay offers no STARTTLS, or no login.
            return MailNotSent("not_offered")
