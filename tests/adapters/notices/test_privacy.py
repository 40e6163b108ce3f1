"""Whatever happens to a notice, no name, address or wording is in the log, nor in what the outbox keeps of it."""

import logging
from collections.abc import Iterator

import asyncpg
import pytest
import structlog

from adapters.notice_sending import NoticeSending
from adapters.notices import Leased, Recipient
from adapters.postgres_outbox import PostgresOutbox
from adapters.postgres_vault import PostgresVault
from domain.vocabulary import Contact
from log import QUIET, configure_logging
from tests.adapters.notices.mailbox import Mailbox
from tests.adapters.notices.notify_api import Refused
from tests.adapters.notices.told import BY_DAY, VICTIM, WORDING, let_leases_run_out, standing, write
from tests.adapters.notices.ways import Notify, by_mail, sending
from tests.adapters.pages import OTHER_REF

pytestmark = pytest.mark.postgres

MARKED = (*VICTIM.values(), "marked.nowhere", "Marked", *(line for line in WORDING if line))


@pytest.fixture(autouse=True)
def _logged_in_full() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging("json", "debug")
    # The mail server of the tests says all that it hears; it is none of ours.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    yield
    logging.getLogger("mail.log").setLevel(logging.NOTSET)
    root.handlers, root.level = handlers, level
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


class Talkative:
    """A way that fails with all that it knows."""

    forms = frozenset(Contact)

    async def send(self, form: Contact, to: Recipient, notice: Leased) -> str:
        raise ValueError(f"{to.name} at {to.address}: {notice.wording} {notice} {to}")


async def test_nothing_personal_is_logged_whatever_becomes_of_a_notice(
    pool: asyncpg.Pool, mailbox: Mailbox, notify: Notify, capsys: pytest.CaptureFixture[str]
) -> None:
    api, way = notify
    await write(pool, 1, 2, 3)
    await write(pool, 1, ref=OTHER_REF, details={**VICTIM, "email": "marked.nowhere"})
    api.failing.append(Refused(400, "BadRequestError", f"{VICTIM['name']} {VICTIM['email']} {WORDING[1]}"))
    mailbox.refusing.append(f"451 4.2.2 {VICTIM['email']} is full")

    for sender in (
        sending(pool, way),
        sending(pool, way),
        sending(pool, by_mail(mailbox)),
        sending(pool, by_mail(mailbox)),
        NoticeSending(PostgresOutbox(pool), PostgresVault(pool), Talkative(), BY_DAY),
    ):
        await let_leases_run_out(pool)
        await sender.send_due()

    said = capsys.readouterr().err
    assert {"notices.failed", "notices.by_hand", "notices.sent"} <= {
        each for each in said.split('"') if "notices." in each
    }
    assert (await standing(pool, 3))["error"] == "fault ValueError"
    assert [value for value in MARKED if value in said] == []
    kept = await pool.fetch("select error, reference, provider_id, form, state from notices")
    assert [value for value in MARKED if value in str(kept)] == []


def test_a_notice_on_its_way_shows_nothing_personal_of_itself() -> None:
    shown = repr((Leased("k", OTHER_REF, "k", WORDING, 1), Recipient(VICTIM["name"], VICTIM["email"])))

    assert [value for value in MARKED if value in shown] == []
