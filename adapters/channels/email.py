"""Requests to agencies by email, with a link to answer. A mail names the case and no person."""

import uuid
from email.utils import parseaddr
from typing import Any

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.channels.http import NEEDS_OFFENDER
from adapters.channels.mail import add_bodies, create_message, message_id
from adapters.channels.relay import MailNotSent, Relay
from domain.agency_updates import CaseUpdate
from domain.days import format_day
from domain.effects import Ask, CancelAsk
from domain.wording.agencies import QUESTIONS
from domain.wording.updates import describe_changes
from ports.agencies import Agency, Unreachable
from ports.agency_messages import ask_key
from ports.area_settings import GetAreaSettings
from ports.token_key import TokenKey

ASK_HEADER = "X-Restorative-Justice-Ask"
"""The key of what was sent, the same in each repeat."""


class EmailChannel:
    """Implements `ports.agencies.Channel` by mail from `sender`, the address to which agencies may reply.

    A link begins with `public_url` and works for `link_days` days after the day of its mail. `phone` is the number of
    an area that has none of its own.
    """

    def __init__(
        self,
        relay: Relay,
        links: PostgresAnswerLinks,
        get_area_settings: GetAreaSettings,
        tokens: TokenKey,
        *,
        sender: str,
        public_url: str,
        link_days: int,
        phone: str,
    ) -> None:
        self._relay = relay
        self._links = links
        self._get_area_settings = get_area_settings
        self._tokens = tokens
        self._phone = phone
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._link_days = link_days

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send an ask or a reminder. Each attempt has a new link, since no token is stored; all end with the ask."""
        link = await self._links.create(agency, ask, self._link_days)
        question, due_on = QUESTIONS[ask.question], format_day(ask.due_on)
        subject = f"Reply needed by {due_on}: {question.topic}, case {ask.ref}"
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
            link=f"{self._public_url}/answer/{link.token}",
            last_day=format_day(link.last_day),
        )

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        subject = f"No reply needed: case {cancellation.ref}"
        await self._send(
            agency, cancellation.key, "cancellation", subject, follows=cancellation.ask, ref=cancellation.ref
        )

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        """Send what changed, and the number to ring: no link and no person."""
        lines, area = tuple(describe_changes(update)), await self._get_area_settings(update.area)
        subject, phone = f"News of case {update.ref}", area.phone or self._phone
        await self._send(agency, update.key, "update", subject, ref=update.ref, lines=lines, phone=phone)

    async def ping(self, agency: Agency) -> str:
        answer = await self._send(agency, f"ping-{uuid.uuid4()}", "ping", "This is a test: no reply needed")
        return f"the relay took it: {answer}"

    async def _send(
        self, agency: Agency, key: str, template: str, subject: str, *, follows: str = "", **facts: Any
    ) -> str:
        """Send a mail under `key`, in the thread of the one that was sent under `follows`. Raises Unreachable.

        The ids of both are tokens: nobody can tell from one what the case is, or guess that of another mail.
        """
        try:
            message = create_message(self._sender, agency.address, subject, self._tokens.make_mail_token(key))
            if follows:
                message["In-Reply-To"] = message["References"] = message_id(
                    self._tokens.make_mail_token(follows), self._sender
                )
            message[ASK_HEADER] = key
            message["X-Auto-Response-Suppress"] = "All"
            contact = parseaddr(self._sender)[1]
            add_bodies(message, template, agency=agency.name, subject=subject, contact=contact, **facts)
            return await self._relay.send(message)
        except MailNotSent as problem:
            raise Unreachable(problem.code, permanent=problem.permanent) from None
