"""2.10a: what a victim needs, and when and where it is safe, decides what is sent and what a person does."""

from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg
import pytest

from adapters.notifications.safe_contact import find_reason_for_a_person, read_hours, safe_from
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.vault import PostgresVault
from domain.effects import NotifyVictim
from domain.people import StaffRole
from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import Contact, Stage, Step
from ports.agencies import Agency
from ports.area_settings import AreaSettings
from ports.case_file import Notification, WriteBatch
from ports.staff import Member
from tests.adapters.batches import REF, START, case, entry
from tests.adapters.notifications.mailbox import Mailbox
from tests.adapters.notifications.senders import Notify, by_mail, create_sender
from tests.adapters.notifications.victims import VICTIM, WORDING, get_notification, write


@pytest.mark.parametrize(
    ("form", "details", "why"),
    [
        (Contact.EMAIL, {}, ""),
        (Contact.EMAIL, {"language": "en", "needs": []}, ""),
        (Contact.EMAIL, {"language": "cy"}, "language"),
        (Contact.TEXT, {"language": "pl"}, "language"),
        (Contact.EMAIL, {"needs": ["Large print"]}, ""),
        (Contact.LETTER, {"needs": ["large print"]}, "needs"),
        (Contact.EMAIL, {"needs": ["large print", "easy read"]}, "needs"),
        (Contact.EMAIL, {"needs": ["interpreter"]}, "needs"),
        (Contact.TEXT, {"needs": ["a hearing loop"]}, ""),
        (Contact.LETTER, {"needs": ["Home visits", "Step-free access", "wheelchair user"]}, ""),
        (Contact.EMAIL, {"needs": ["home visits", "British Sign Language"]}, "needs"),
        (Contact.EMAIL, {"needs": ["home visits, and somebody to read letters to her"]}, "needs"),
        (Contact.EMAIL, {"shared": ["email"]}, "shared_address"),
        (Contact.EMAIL, {"shared": ["phone"]}, ""),
        (Contact.TEXT, {"shared": ["phone"]}, "shared_address"),
        (Contact.LETTER, {"shared": ["address"]}, "shared_address"),
        (Contact.TEXT, {"safe_times": "after 6pm"}, ""),
        (Contact.TEXT, {"safe_times": "not when my son is at home"}, "safe_times"),
        (Contact.EMAIL, {"safe_times": "not when my son is at home"}, ""),
    ],
)
def test_what_cannot_be_met_by_sending_is_left_to_a_person(form: Contact, details: dict[str, Any], why: str) -> None:
    assert find_reason_for_a_person(form, details, {"en"}) == why


@pytest.mark.parametrize(
    ("language", "need", "why"),
    [
        ("cy", "pob gohebiaeth yn Gymraeg", ""),
        ("cy", "All letters in Welsh, please.", ""),
        ("cy", "Welsh", ""),
        ("en", "letters in English only", ""),
        ("en", "all letters in Welsh", "needs"),
        ("cy", "all letters in English", "needs"),
        ("cy", "letters in Welsh and English", "needs"),
        ("cy", "Welsh interpreter", "needs"),
        ("cy", "easy read in Welsh", "needs"),
        ("cy", "somebody to read letters in Welsh to her", "needs"),
    ],
)
@pytest.mark.parametrize("form", [Contact.EMAIL, Contact.TEXT, Contact.LETTER])
def test_a_need_that_only_asks_for_the_victims_language_is_met_where_it_is_sent(
    form: Contact, language: str, need: str, why: str
) -> None:
    """2.10a, 2.10b."""
    assert find_reason_for_a_person(form, {"language": language, "needs": [need]}, {"en", "cy"}) == why


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("after 6pm", (time(18), time(23, 59))),
        ("Before 12pm", (time(0), time(12))),
        ("9am to 12.30pm", (time(9), time(12, 30))),
        ("between 10:00 and 16:00", (time(10), time(16))),
        ("9am-5pm", (time(9), time(17))),
        ("12am to 1pm", (time(0), time(13))),
        ("after 6", None),
        ("9 to 5pm", None),
        ("5pm to 9am", None),
        ("25:00 to 26:00", None),
        ("13pm", None),
        ("evenings", None),
        ("after 6pm, not Fridays", None),
        ("", None),
    ],
)
def test_only_hours_that_can_mean_one_thing_are_read(text: str, hours: tuple[time, time] | None) -> None:
    assert read_hours(text) == hours


def test_a_text_message_waits_for_the_safe_hours_by_london_time() -> None:
    details = {"safe_times": "after 6pm"}
    summer = datetime(2026, 6, 4, 16, 30, tzinfo=UTC)

    found = safe_from(Contact.TEXT, details, summer)
    assert found is not None
    assert found.astimezone(UTC) == datetime(2026, 6, 4, 17, tzinfo=UTC)
    assert safe_from(Contact.TEXT, details, datetime(2026, 6, 4, 17, tzinfo=UTC)) is None
    assert safe_from(Contact.EMAIL, details, summer) is None
    late = safe_from(Contact.TEXT, {"safe_times": "9am to 10am"}, summer)
    assert late is not None
    assert late.day == 5


@pytest.mark.postgres
async def test_a_message_that_needs_a_person_is_a_task_with_the_words(pool: asyncpg.Pool, mailbox: Mailbox) -> None:
    await write(pool, 1, details={**VICTIM, "language": "pl"})

    await create_sender(pool, by_mail(mailbox)).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["error"], tuple(row["wording"])) == ("by_hand", "language", WORDING)
    assert mailbox.messages == []


@pytest.mark.postgres
async def test_a_text_message_outside_the_safe_hours_is_postponed(pool: asyncpg.Pool, notify: Notify) -> None:
    api, way = notify
    await write(pool, 1, contact="text", details={**VICTIM, "safe_times": "after 6pm"})

    await create_sender(pool, way).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["attempts"], api.sent) == ("waiting", 0, [])
    assert row["next_try_at"] > datetime.now(UTC)


@pytest.mark.postgres
async def test_a_message_says_who_it_is_from_as_register_and_area_have_it_when_it_is_sent(
    pool: asyncpg.Pool, mailbox: Mailbox
) -> None:
    """2.9, 2.11."""
    await write(pool, 1, assigned_to="c.okafor", details={**VICTIM, "case_label": "the break-in"})
    member = Member("c.okafor", frozenset({StaffRole.CASEWORKER}), None, "", "Chidi Okafor", "0113 496 0111")
    await PostgresStaff(pool).add(member, "staff:o.haddad")
    settings = AreaSettings("eastshire", "Eastshire RJ", "0113 496 0222", "Helping Hand on 0113 496 0333", "Ask Ada.")
    await PostgresAreaSettings(pool).save(settings, "staff:o.haddad")

    await create_sender(pool, by_mail(mailbox)).send_due()
    (message,) = mailbox.messages
    text = " ".join(message.get_content().split())
    assert "This message is about: the break-in." in text
    assert "from Eastshire RJ. Your caseworker is Chidi Okafor. You can ring them on 0113 496 0111." in text
    assert "Helping Hand on 0113 496 0333" in text
    assert "you can complain. Ask Ada." in text
    stored = str(dict(await get_notification(pool)))
    assert "break-in" not in stored
    assert "Okafor" not in stored


@pytest.mark.postgres
@pytest.mark.parametrize("contact", ["email", "text", "letter"])
async def test_a_victim_who_wants_welsh_is_sent_it_where_the_area_has_switched_it_on(
    pool: asyncpg.Pool, notify: Notify, contact: str
) -> None:
    """2.10b."""
    api, way = notify
    await write(pool, 1, contact=contact, details={**VICTIM, "language": "cy"})

    await create_sender(pool, way).send_due()
    assert (await get_notification(pool))["error"] == "language"
    settings = AreaSettings("eastshire", welsh=True, service_in_welsh="gwasanaeth Eastshire")
    await PostgresAreaSettings(pool).save(settings, "staff:o.haddad")
    await pool.execute("update notifications set state = 'waiting', task_since = null, next_try_at = now()")
    await create_sender(pool, way).send_due()
    row = await get_notification(pool)
    assert (row["state"], row["language"]) == ("sent", "cy")
    assert "Rydym" in api.sent[0]["personalisation"]["body"]
    assert "ffoniwch ni" in api.sent[0]["personalisation"]["body"]
    assert "gwasanaeth Eastshire" in api.sent[0]["personalisation"]["body"]
    assert settings.service not in api.sent[0]["personalisation"]["body"]
    # What the area does not have in Welsh is as in English.
    assert settings.support in api.sent[0]["personalisation"]["body"]


@pytest.mark.postgres
@pytest.mark.parametrize(("language", "words"), [("en", "has your request now is"), ("cy", "sydd â'ch cais nawr yw")])
@pytest.mark.parametrize("agency", ["restorative_service:gwent", "restorative_service:unknown"])
async def test_a_victim_reads_which_service_has_their_case_now_if_it_has_a_name_3_7e(
    pool: asyncpg.Pool, notify: Notify, language: str, words: str, agency: str
) -> None:
    await PostgresDirectory(pool).save(Agency("gwent", "restorative_service", "", "Gwent Restorative Justice"))
    await PostgresAreaSettings(pool).save(AreaSettings("eastshire", welsh=True), "staff:o.haddad")
    effect = NotifyVictim(
        f"{REF}.2.victim", REF, MessageKind.ENDED, Stage.DECLINED, Step.CLOSED, Reason.TRANSFERRED_OUT
    )
    batch = WriteBatch(
        REF,
        (entry(1), entry(2, event="transferred_out", data={"agency": agency}, stage="declined", step="closed")),
        case=case(
            2,
            stage="declined",
            step="closed",
            reason="transferred_out",
            ended_on=date(2026, 3, 4),
            aftercare_ends_on=date(2026, 9, 2),
            waits=(),
            state={"contact": "email"},
        ),
        notifications=(Notification(effect, START),),
    )
    await PostgresCaseFile(pool).write(batch)
    await PostgresVault(pool).save_victim(REF, {**VICTIM, "language": language}, by="staff:test")

    api, way = notify
    await create_sender(pool, way).send_due()
    body = api.sent[0]["personalisation"]["body"]
    is_known = agency.endswith("gwent")
    assert (f"{words} Gwent Restorative Justice." in body) == is_known
    assert "{" not in body
