"""Agencies asked by e-mail: what is asked, by when, and a link to answer. A mail names a case and nobody."""

import uuid
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.http import NEEDS_OFFENDER
from adapters.channels.relay import MailNotSent, Relay, message_id, recipient
from domain.agency_wordings import question_of
from domain.days import day_in_words
from domain.effects import Ask, CancelAsk
from ports.agencies import Agency, Unreachable
from ports.agency_messages import ask_key

_TEMPLATES = Environment(
    loader=PackageLoader("adapters"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

ASK_HEADER = "X-Restorative-Justice-Ask"
"""Names the effect by which a mail was sent: the same in each repeat of it."""


class EmailChannel:
    """Implements `activities.ports.Channel`: through `relay`, from `sender`, whom agencies may answer.

    `public_url` is where agencies reach us; a link works for `link_days` days after the day of its mail.
    """

    def __init__(
        self, relay: Relay, links: PostgresAnswerLinks, *, sender: str, public_url: str, link_days: int
    ) -> None:
        self._relay = relay
        self._links = links
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._link_days = link_days

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send the ask, or the reminder of one, with a fresh link; see the port.

        Each try brings a link of its own, since a token is kept nowhere. They answer one ask, and all end with it.
        """
        opened = await self._links.open(agency, ask, self._link_days)
        question, due_on = question_of(ask.question, ask.wait), day_in_words(ask.due_on)
        subject = f"Case {ask.ref}: {question.topic}, please by {due_on}"
        await self._send(
            agency,
            ask.key,
            "ask",
            f"Reminder {ask.reminder}: {subject}" if ask.reminder else subject,
            follows=ask_key(ask) if ask.reminder else "",
            ref=ask.ref,
            topic=question.topic,
            asked=question.asked,
            due_on=due_on,
            reminder=ask.reminder,
            names_person=ask.question in NEEDS_OFFENDER,
            link=f"{self._public_url}/answer/{opened.token}",
            last_day=day_in_words(opened.last_day),
        )

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Say that an ask is over; see the port. Its links end by the record of the cancellation."""
        subject = f"Case {cancellation.ref}: no answer is needed any more"
        await self._send(
            agency, cancellation.key, "cancellation", subject, follows=cancellation.ask, ref=cancellation.ref
        )

    async def ping(self, agency: Agency) -> str:
        """Send a mail that asks nothing: what the relay answered to it; see the port."""
        answer = await self._send(agency, f"ping-{uuid.uuid4()}", "ping", "A test: nothing is asked")
        return f"the relay took it: {answer}"

    async def _send(
        self, agency: Agency, key: str, template: str, subject: str, *, follows: str = "", **facts: Any
    ) -> str:
        """Send a mail under `key`, beside the one that was sent under the key `follows`. Raises Unreachable."""
        try:
            message = self._addressed(agency, key, subject, follows)
            _fill(message, template, agency=agency.name, subject=subject, contact=parseaddr(self._sender)[1], **facts)
            return await self._relay.send(message)
        except MailNotSent as problem:
            raise Unreachable(problem.code, permanent=problem.permanent) from None

    def _addressed(self, agency: Agency, key: str, subject: str, follows: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = recipient(agency.address)
        message["Subject"] = subject
        message["Date"] = datetime.now(UTC)
        message["Message-ID"] = message_id(key, self._sender)
        if follows:
            message["In-Reply-To"] = message["References"] = message_id(follows, self._sender)
        message[ASK_HEADER] = key
        # So that no out-of-office notice answers.
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        return message


def _fill(message: EmailMessage, template: str, **facts: Any) -> None:
    message.set_content(_TEMPLATES.get_template(f"{template}.txt").render(facts))
    message.add_alternative(_TEMPLATES.get_template(f"{template}.html").render(facts), subtype="html")
