"""A real mail server for tests: it stores what it is sent, and refuses what it is told to refuse."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from warnings import catch_warnings, simplefilter

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USERNAME, PASSWORD = "casework", "not-a-secret"


@dataclass
class Mailbox:
    """What came in; `refusals` are the answers to a command (`MAIL`, `RCPT`, `DATA`) instead of taking it."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    waits: float = 0
    parts_after: float = 0

    async def handle_MAIL(  # noqa: N802 - named for the command, by the library
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.waits)
        envelope.mail_from = address
        return self.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" not in self.refusals:
            envelope.rcpt_tos.append(address)
        return self.refusals.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append(envelope)
        self.sessions.append(session)
        return "250 2.0.0 Ok: queued as 4F2A"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.parts_after)
        return "221 Bye"

    def text(self, number: int = -1) -> str:
        """The plain text of a message."""
        return self._part("plain", number)

    def html(self, number: int = -1) -> str:
        """Its HTML."""
        return self._part("html", number)

    def _part(self, kind: str, number: int) -> str:
        part = self.messages[number].get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert isinstance(text, str)
        return text.replace("\r\n", "\n")


@asynccontextmanager
async def mailbox(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[Mailbox]:
    """A mail server on a free port of 127.0.0.1, open, with STARTTLS, or with TLS from the start."""
    box = Mailbox()

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        fits = isinstance(given, LoginPassword) and given == LoginPassword(USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=fits, handled=False)

    def create_protocol() -> SMTP:
        with catch_warnings():
            # The library does not see the TLS that a connection begins with.
            simplefilter("ignore", UserWarning)
            return SMTP(
                box,
                hostname="relay.test",
                ident="test",
                tls_context=starttls,
                require_starttls=starttls is not None,
                auth_required=login,
                auth_require_tls=tls is None,
                authenticator=authenticate if login else None,
            )

    server = await asyncio.get_running_loop().create_server(create_protocol, "127.0.0.1", 0, ssl=tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
