"""Mail through a real relay: encrypted where it must be, and what is refused told apart from what may yet succeed."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest

from adapters.channels import relay
from adapters.channels.mail import message_id, parse_address
from adapters.channels.relay import MailNotSent, Relay, Security
from devstack.processes import free_port
from tests.certificates import Authority
from tests.mailbox import PASSWORD, USERNAME, Mailbox, mailbox


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    """A mail server that speaks plainly."""
    async with mailbox() as box:
        yield box


def create_message(to: str = "vlo@eastmoor.example") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Casework <casework@rj.example>"
    message["To"] = to
    message["Subject"] = "Case RJ-7Q2K-9F3M"
    message.set_content("Żółw.\n")
    return message


def plain(box: Mailbox) -> Relay:
    return Relay("127.0.0.1", box.port, security="none")


async def get_refusal(relay: Relay) -> MailNotSent:
    with pytest.raises(MailNotSent) as caught:
        await relay.send(create_message())
    return caught.value


async def test_a_message_goes_from_its_sender_to_its_recipient(box: Mailbox) -> None:
    answer = await plain(box).send(create_message())

    assert answer == "2.0.0 Ok: queued as 4F2A"
    assert (box.envelopes[0].mail_from, box.envelopes[0].rcpt_tos) == ("casework@rj.example", ["vlo@eastmoor.example"])
    assert (box.messages[0]["Subject"], box.text()) == ("Case RJ-7Q2K-9F3M", "Żółw.\n")


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_what_is_to_be_encrypted_is_with_a_certificate_of_our_own_authority(
    authority: Authority, security: Security
) -> None:
    async with mailbox(**{security: authority.server("localhost")}, login=True) as box:
        relay = Relay("localhost", box.port, security=security, username=USERNAME, password=PASSWORD, ca=authority.file)
        await relay.send(create_message())

        assert box.sessions[0].authenticated
        assert len(box.messages) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["unknown authority", "another name", "expired"])
async def test_a_certificate_that_does_not_fit_is_never_written_through(
    authority: Authority, security: Security, fault: str
) -> None:
    named = "elsewhere.example" if fault == "another name" else "localhost"
    context = authority.server(named, days=-1 if fault == "expired" else 1)
    async with mailbox(**{security: context}, login=True) as box:
        trusted = None if fault == "unknown authority" else authority.file
        relay = Relay("localhost", box.port, security=security, username=USERNAME, password=PASSWORD, ca=trusted)
        problem = await get_refusal(relay)

        assert (problem.code, problem.permanent) == ("certificate", False)
        assert box.messages == []


async def test_a_relay_that_offers_no_starttls_gets_nothing(box: Mailbox) -> None:
    problem = await get_refusal(Relay("127.0.0.1", box.port, security="starttls"))

    assert (problem.code, problem.permanent) == ("not_offered", False)
    assert box.messages == []


async def test_a_relay_that_speaks_plainly_where_tls_is_expected_gets_nothing(box: Mailbox) -> None:
    problem = await get_refusal(Relay("127.0.0.1", box.port, security="tls"))

    assert (problem.code, problem.permanent) == ("tls", False)


def test_a_password_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="needs starttls or tls"):
        Relay("127.0.0.1", 25, security="none", username="casework", password="hush")


async def test_a_wrong_password_is_a_matter_of_our_settings_and_not_of_the_recipient(authority: Authority) -> None:
    async with mailbox(starttls=authority.server("localhost"), login=True) as box:
        problem = await get_refusal(
            Relay("localhost", box.port, username=USERNAME, password="wrong", ca=authority.file)
        )

    assert (problem.code, problem.permanent) == ("smtp 535", False)


@pytest.mark.parametrize(
    ("command", "answer", "code", "permanent"),
    [
        ("RCPT", "550 5.1.1 No such user", "smtp 550", True),
        ("RCPT", "551 User not local", "smtp 551", True),
        ("RCPT", "550 5.2.1 Mailbox disabled", "smtp 550", True),
        ("RCPT", "554 5.7.1 Relay access denied", "smtp 554", False),
        ("RCPT", "550 5.4.1 No route from here", "smtp 550", False),
        ("RCPT", "450 4.2.1 Greylisted", "smtp 450", False),
        ("DATA", "550 5.1.1 No such user", "smtp 550", True),
        ("DATA", "552 5.2.2 Mailbox full", "smtp 552", True),
        ("DATA", "554 5.7.1 Rejected as spam", "smtp 554", False),
        ("DATA", "451 Try again later", "smtp 451", False),
        ("MAIL", "553 5.1.8 Sender unknown", "smtp 553", False),
        ("MAIL", "421 4.3.2 Shutting down", "smtp 421", False),
    ],
)
async def test_only_the_recipient_s_own_refusal_is_for_good(
    box: Mailbox, command: str, answer: str, code: str, permanent: bool
) -> None:
    box.refusals[command] = answer
    problem = await get_refusal(plain(box))

    assert (problem.code, problem.permanent) == (code, permanent)
    assert box.messages == []


async def test_a_relay_that_is_unavailable_may_come_back() -> None:
    problem = await get_refusal(Relay("127.0.0.1", free_port(), security="none"))

    assert (problem.code, problem.permanent) == ("refused", False)


async def test_a_relay_that_does_not_answer_is_not_waited_for_long(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "COMMAND_TIMEOUT", 0.1)
    box.waits = 1
    problem = await get_refusal(plain(box))

    assert (problem.code, problem.permanent) == ("timeout", False)


async def test_a_relay_that_has_the_mail_may_take_its_time_to_say_goodbye(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SEND_TIMEOUT", 0.5)
    box.parts_after = 0.8

    assert await plain(box).send(create_message()) == "2.0.0 Ok: queued as 4F2A"


async def test_without_a_relay_nothing_is_sent() -> None:
    problem = await get_refusal(Relay("", 587))

    assert (problem.code, problem.permanent) == ("no_relay", False)


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "Name <a@b.example>"]
)
def test_an_address_is_one_mailbox_and_nothing_else(address: str) -> None:
    with pytest.raises(MailNotSent) as caught:
        parse_address(address)
    assert (caught.value.code, caught.value.permanent) == ("bad_address", True)


async def test_an_address_that_the_relay_cannot_write_is_refused_for_good(box: Mailbox) -> None:
    with pytest.raises(MailNotSent) as caught:
        await plain(box).send(create_message("zoë@eastmoor.example"))

    assert (caught.value.code, caught.value.permanent) == ("bad_address", True)


def test_what_is_sent_under_one_key_has_one_id() -> None:
    sender = "Casework <casework@rj.example>"

    assert message_id("RJ-1.2.trace:vlo", sender) == message_id("RJ-1.2.trace:vlo", sender)
    assert message_id("RJ-1.2.trace:vlo", sender) != message_id("RJ-1.2.trace-vlo", sender)
    assert message_id("RJ-1.2.trace:vlo", sender).endswith("@rj.example>")
