"""Mail through a relay: a connection for each message, encrypted and checked as it is told to, failures as codes."""

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

SECONDS_TO_ANSWER = 10.0
"""How long the relay may take for each of its answers."""
SECONDS_TO_SEND = 20.0
"""How long all of it may take."""
SECONDS_TO_PART = 1.0
"""How long a relay may take to say goodbye, when it has the mail."""

_OF_THE_MAILBOX = re.compile(r"5\.[12]\.")
"""How a relay's answer begins that speaks of the recipient's address or mailbox (RFC 3463)."""
_OF_THE_RELAY = re.compile(r"5\.[03-7]\.")
"""How one begins that speaks of something else, such as its own rules: it says so of whomever we write to."""


class MailNotSent(Exception):
    """The relay did not take a message: `code` says how, such as `smtp 451`, `timeout` or `certificate`.

    `permanent`: the recipient was refused, so that trying again would not help.
    """

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Relay:
    """The relay that mail goes through.

    `starttls` and `tls` are mandatory where chosen: nothing, and no password, goes over a connection that is not
    encrypted, to a server whose certificate does not name `host` or is not signed by `ca` (None: the system's). An
    empty `host` is no relay: nothing is sent.
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
        """Send `message` from its `From` to its `To`; what the relay answered. Raises MailNotSent.

        Once the answer is there the message is the relay's; where none came it may have been taken all the same, so
        a message that is sent again keeps its id.
        """
        if not self._host:
            raise MailNotSent("no_relay")
        try:
            async with asyncio.timeout(SECONDS_TO_SEND) as limit:
                return await self._send(message, limit)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise _not_sent(error) from None

    async def _send(self, message: EmailMessage, limit: asyncio.Timeout) -> str:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            # The name that looking our own address up would give can take seconds to find.
            local_hostname=socket.gethostname() or None,
            timeout=SECONDS_TO_ANSWER,
            use_tls=self._security == "tls",
            start_tls=self._security == "starttls",
            tls_context=self._encryption,
        )
        async with client:
            if self._login is not None:
                await client.login(*self._login)
            _, answer = await client.send_message(message)
            limit.reschedule(None)
            await _part(client)
            return answer


async def _part(client: aiosmtplib.SMTP) -> None:
    """Say goodbye. Whatever becomes of that, the relay has the mail, and must not get it again."""
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(SECONDS_TO_PART):
            await client.quit()
    client.close()


def _not_sent(error: Exception) -> MailNotSent:
    """The relay's own text may hold an address, so that only its number is kept."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            # An old relay gives no such code, and means the recipient.
            refused = first.code >= 500 and _OF_THE_RELAY.match(first.message) is None
            return MailNotSent(f"smtp {first.code}", permanent=refused)
        case aiosmtplib.SMTPDataError():
            refused = error.code >= 500 and _OF_THE_MAILBOX.match(error.message) is not None
            return MailNotSent(f"smtp {error.code}", permanent=refused)
        case aiosmtplib.SMTPResponseException():
            # Such as a login or a sender that is refused: ours to mend, and no fault of the recipient.
            return MailNotSent(f"smtp {error.code}")
    return _without_answer(error)


def _without_answer(error: Exception) -> MailNotSent:
    """A certificate's fault is a ValueError too, and comes as the cause of others: so it is looked for first."""
    for reason in (error, error.__cause__):
        match reason:
            case ssl.SSLCertVerificationError():
                return MailNotSent("certificate")
            case ssl.SSLError():
                return MailNotSent("tls")
    match error:
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
