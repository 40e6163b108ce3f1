"""A register for tests: served with mutual TLS on a free port, and a channel to it that keeps its answers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from adapters.channels.hmpps.channel import HmppsChannel
from adapters.channels.hmpps.http import RegisterAccess
from api.http_server import HttpServer
from devstack.certificates import Certificates
from devstack.processes import free_port
from devstack.register import server_config
from domain.effects import Ask
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, ChannelName
from ports.vault import THE_SERVICE
from tests.serving import LOOPBACK

REF = CaseRef("RJ-7Q2K-9F3M")
API_KEY = "the-key-of-the-register"
ASK = Ask(f"{REF}.3.trace:probation", REF, "eastmoor", AgencyRef("probation"), WaitKind.TRACE, date(2027, 3, 1))
REGISTER = Agency(
    "hmpps-register", "probation", "", "HMPPS register", ChannelName.HMPPS, questions=frozenset({"trace"})
)
DARREN = {"name": "Darren Pollitt", "date_of_birth": "1986-05-14"}
BORN = date(1986, 5, 14)


@asynccontextmanager
async def serve_tls(app: Any, certificates: Certificates) -> AsyncIterator[str]:
    """The address of `app` while it is served to who shows a certificate of the same CA."""
    port = free_port(None)
    config = server_config(app, certificates, port)
    config.timeout_graceful_shutdown = 2
    server = HttpServer(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the server did not start"
        await asyncio.sleep(0.01)
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def access_by(certificates: Certificates, **changes: Any) -> RegisterAccess:
    """What opens a register that has these certificates."""
    access = RegisterAccess(certificates.client, certificates.client_key, API_KEY, certificates.ca)
    return replace(access, **changes)


@dataclass
class Vault:
    """The part of the vault that a channel reads: who read it is remembered."""

    details: Mapping[str, Any] | None
    readers: list[str] = field(default_factory=list)

    async def get_offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        self.readers.append(by)
        return self.details


@dataclass(frozen=True)
class AnswerTaken:
    """An answer that was handed on."""

    agency: str
    message_id: str
    ref: str
    event: str
    data: Mapping[str, Any]
    note: str


@dataclass
class Answers:
    """Keeps what it takes."""

    taken: list[AnswerTaken] = field(default_factory=list)

    async def accept(
        self, agency: Agency, message_id: str, ref: CaseRef, event: str, data: Mapping[str, Any], note: str = ""
    ) -> None:
        self.taken.append(AnswerTaken(agency.id, message_id, ref, event, dict(data), note))


@dataclass(frozen=True)
class Directory:
    """Has entries of their own for the organisations in `named`, such as `prison:emi`."""

    named: Sequence[str] = ()

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        kind, _, id = agency.partition(":")
        return Agency(id, kind, "", id) if agency in self.named else None

    async def get_by_id(self, id: str) -> Agency | None:
        return None


@dataclass
class Client:
    """The service, as far as it traces: `details` of the offender are what its vault has."""

    url: str
    access: RegisterAccess | None
    details: Mapping[str, Any] | None = field(default_factory=lambda: DARREN)
    known: Sequence[str] = ()
    answers: Answers = field(default_factory=Answers)

    async def ask(self, ask: Ask = ASK) -> AnswerTaken:
        """Ask, and give the answer that was handed on last."""
        async with self.channel() as channel:
            await channel.ask(self.agency, ask)
        return self.answers.taken[-1]

    async def ping(self) -> str:
        """What a ping shows."""
        async with self.channel() as channel:
            return await channel.ping(self.agency)

    @property
    def agency(self) -> Agency:
        """The register as the directory has it."""
        return replace(REGISTER, address=self.url)

    def channel(self) -> HmppsChannel:
        """A channel of its own."""
        vault, directory = Vault(self.details), Directory(self.known)
        return HmppsChannel(vault, directory, self.answers, self.access, LOOPBACK)  # type: ignore[arg-type]
