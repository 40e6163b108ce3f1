"""Emails as the service writes them: plain text and HTML, from templates."""

import hashlib
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from adapters.channels.relay import MailNotSent

TEMPLATES = Environment(
    loader=PackageLoader("adapters"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def create_message(sender: str, to: str, subject: str, key: str) -> EmailMessage:
    """Return an email without a body, with the same `Message-ID` for the same `key`. Raises MailNotSent."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = parse_address(to)
    message["Subject"] = subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = message_id(key, sender)
    # So that no absence note is sent in reply.
    message["Auto-Submitted"] = "auto-generated"
    return message


def add_bodies(message: EmailMessage, template: str, **facts: Any) -> None:
    """Add the text and the HTML that `template` gives for `facts`."""
    message.set_content(TEMPLATES.get_template(f"{template}.txt").render(facts))
    message.add_alternative(TEMPLATES.get_template(f"{template}.html").render(facts), subtype="html")


def parse_address(address: str) -> Address:
    """Return the one mailbox that `address` names. Raises MailNotSent where it names none or several."""
    try:
        return Address(addr_spec=address)
    except (ValueError, IndexError, MessageError):
        raise MailNotSent("bad_address", permanent=True) from None


def message_id(key: str, sender: str) -> str:
    """Return the `Message-ID` for `key`: the same each time, so that a repeat can be recognised.

    It does not hide a key that can be guessed: that of a victim's email is random, that of an agency's a token.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"
