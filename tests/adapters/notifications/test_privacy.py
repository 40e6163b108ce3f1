"""Whatever happens to a message, no name, address or wording is in the log, nor in what the outbox stores of it."""

import logging
from collections.abc import Iterator

import asyncpg
import pytest

from domain.vocabulary import Contact
from log import configure_logging
from ports.notifications import NotificationText, OutgoingNotification, Recipient
from tests.adapters.batches import OTHER_REF, START
from tests.adapters.notifications.mailbox import Mailbox
from tests.adapters.notifications.notify_api import NotifyProblem
from tests.adapters.notifications.senders import Notify, by_mail, create_sender
from tests.adapters.notifications.victims import VICTIM, WORDING, get_notification, let_leases_run_out, milestone, write

pytestmark = pytest.mark.postgres

MAIL_SERVER = "mail.log"
MARKED = (*VICTIM.values(), "marked.nowhere", "Marked", *(line for line in WORDING if line))


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging belongs to the whole process."""
    yield
    logging.getLogger(MAIL_SERVER).setLevel(logging.NOTSET)
    configure_logging("json", "info")


def log_in_full() -> None:
    """Log all that the service can log. The mail server of the tests says all that it hears, and is none of ours."""
    configure_logging("json", "debug")
    logging.getLogger(MAIL_SERVER).setLevel(logging.ERROR)


class Talkative:
    """A way that fails with all that it knows."""

    forms = frozenset(Contact)

    async def send(
        self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText
    ) -> str:
        raise ValueError(f"{to.name} at {to.address}: {text.body} {notification} {to}")


async def test_nothing_personal_is_logged_whatever_becomes_of_a_message(
    pool: asyncpg.Pool, mailbox: Mailbox, notify: Notify, capsys: pytest.CaptureFixture[str]
) -> None:
    api, way = notify
    log_in_full()
    await write(pool, 1, 2, 3)
    api.failing.append(NotifyProblem(400, "BadRequestError", f"{VICTIM['name']} {VICTIM['email']} {WORDING[1]}"))
    mailbox.refusing.append(f"451 4.2.2 {VICTIM['email']} is full")

    for sender in (
        create_sender(pool, way),
        create_sender(pool, way),
        create_sender(pool, by_mail(mailbox)),
        create_sender(pool, by_mail(mailbox)),
        create_sender(pool, Talkative()),
    ):
        await let_leases_run_out(pool)
        assert await sender.send_due() == 1
    assert (await get_notification(pool, 3))["error"] == "fault ValueError"
    await write(pool, 1, ref=OTHER_REF, details={**VICTIM, "email": "marked.nowhere"})
    await create_sender(pool, way).send_due()

    said = capsys.readouterr().err
    assert {"notifications.failed", "notifications.by_hand", "notifications.sent"} <= {
        word for word in said.split('"') if "notifications." in word
    }
    leaks = [line for line in said.splitlines() if any(value in line for value in MARKED)]
    assert leaks == []
    kept = await pool.fetch("select error, reference, provider_id, form, state from notifications")
    assert [value for value in MARKED if value in str(kept)] == []


def test_a_message_on_its_way_shows_nothing_personal_of_itself() -> None:
    shown = repr(
        (
            OutgoingNotification(milestone(1), "k", 1, START, "m"),
            NotificationText("\n".join(WORDING), "\n".join(WORDING)),
            Recipient(VICTIM["name"], VICTIM["email"]),
        )
    )

    assert [value for value in MARKED if value in shown] == []
