"""A trace through the register with its real parts: from the vault's details to a message that a case takes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from adapters.channels.answers import InboxAnswers
from adapters.channels.hmpps.channel import HmppsChannel
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.vault import PostgresVault
from adapters.requests.intake import vault_details
from adapters.requests.people import Offender
from devstack.certificates import load_certificates
from devstack.register import Register, create_register
from devstack.register_people import PersonLocation, RegisteredPerson
from domain.events import TraceAnswered
from domain.vocabulary import CaseRef, Whereabouts
from ports.agencies import ChannelName
from tests.registers import API_KEY, ASK, BORN, REF, REGISTER, access_by, serve_tls
from tests.serving import LOOPBACK
from tests.token_keys import TOKEN_KEY
from workflows.record_codec import read_event

pytestmark = pytest.mark.postgres


@dataclass
class Service:
    """The channel with the database behind it, and the register before it."""

    pool: asyncpg.Pool
    register: Register
    channel: HmppsChannel
    url: str

    async def ask(self, *people: RegisteredPerson) -> None:
        """Ask for Darren Pollitt among `people`."""
        self.register.enter(REF, people)
        await self.channel.ask(replace(REGISTER, address=self.url), ASK)

    async def messages(self) -> list[dict[str, Any]]:
        """What came into the inbox."""
        return [dict(row) for row in await self.pool.fetch("select source, message_id, ref, record, note from inbox")]


@pytest.fixture
async def service(pool: asyncpg.Pool, tmp_path: Path) -> AsyncIterator[Service]:
    certificates, app = load_certificates(tmp_path / "register"), create_register(API_KEY)
    vault, directory = PostgresVault(pool), PostgresDirectory(pool)
    offender = Offender("Darren Pollitt", BORN, aliases=("Daz Stone",))
    await vault.save_offender(REF, vault_details(offender), by="import:test")
    channel = HmppsChannel(vault, directory, InboxAnswers(pool, TOKEN_KEY), access_by(certificates), LOOPBACK)
    async with serve_tls(app, certificates) as url, channel:
        entry = replace(REGISTER, address=url, questions=frozenset({"trace"}))
        await directory.save(entry)
        await directory.save(replace(entry, id="emi", kind="prison", channel=ChannelName.HTTP, questions=frozenset()))
        yield Service(pool, app.state.register, channel, url)


def somebody(**changes: Any) -> RegisteredPerson:
    """Darren Pollitt in custody, as the register holds him."""
    held: dict[str, Any] = {"first_name": "Darren", "last_name": "Pollitt", "date_of_birth": BORN, "nomis": "A1234BC"}
    return RegisteredPerson(**(held | {"where": PersonLocation.CUSTODY, "prison": "EMI"} | changes))


async def test_what_the_register_says_enters_the_inbox_as_the_agencys_word(service: Service) -> None:
    await service.ask(somebody(limited_access=True))
    (message,) = await service.messages()
    assert (message["source"], message["message_id"], message["ref"]) == ("agency:hmpps-register", ASK.key, REF)
    body = message["record"]
    assert body["by"] == {"role": "agency", "id": "hmpps-register", "kind": "probation"}
    said = TraceAnswered("found", Whereabouts.CUSTODY, "prison:emi", limited_access=True)  # type: ignore[arg-type]
    assert read_event(body["event"], body["data"]) == said


async def test_the_candidates_are_in_the_vault_and_nowhere_else(service: Service) -> None:
    await service.ask(somebody(), somebody(nomis="A0007ZZ"))
    (message,) = await service.messages()
    assert message["record"]["data"] == {"answer": "ambiguous"}
    note = await PostgresVault(service.pool).get_note(str(message["note"]), by="staff:c.okafor")
    assert note is not None
    assert "1. Darren Pollitt; born 1986-05-14; register number A1234BC" in note
    assert "Pollitt" not in str(message)


async def test_an_ask_that_is_sent_again_is_answered_once(service: Service) -> None:
    await service.ask()
    await service.ask(somebody())
    (message,) = await service.messages()
    assert message["record"]["data"] == {"answer": "not_found"}


async def test_the_vault_stores_only_the_note_of_the_register(service: Service) -> None:
    await service.ask(somebody(pnc="2008/0545166T", nomis="A1234BC"))
    details = await PostgresVault(service.pool).get_offender(CaseRef(REF))
    assert details == {"name": "Darren Pollitt", "date_of_birth": "1986-05-14", "aliases": ["Daz Stone"]}
