"""Notices through GOV.UK Notify, by its own client: e-mail, text and letter, each with a template of one subject.

Notify sends again what it is sent again under the same reference. So before any try but the first, it is asked what it
has under that reference: what an earlier try brought there is not sent twice.
"""

import asyncio
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from notifications_python_client.errors import APIError, HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from adapters.notifications.wording import address_lines, email_text, letter_text, subject, text_message
from domain.vocabulary import Contact
from ports.notifications import NotificationRejected, OutgoingNotification, Recipient

SECONDS_TO_ANSWER = 15
"""For connecting, and again for each wait for something to read: a try makes two requests at most."""
MOST_AT_ONCE = 10
CLIENT: Any = NotificationsAPIClient
"""Its package says that it is typed, and types nothing."""
REFUSES_THE_ADDRESS = (400, "ValidationError")
"""What Notify says of an address. Its other refusals are about the key, the templates, a limit or the service."""


class NotifyChannel:
    """Implements `adapters.notifications.Way`; used as a context, it holds its threads for as long as that lasts.

    `templates` are the ids of those that there are. A template of e-mails and of letters has the fields `subject` and
    `body`, one of texts has `body`. `contact` is how the service is reached.
    """

    def __init__(self, url: str, api_key: str, templates: Mapping[Contact, str], contact: str) -> None:
        self._url = url
        self._api_key = api_key
        self._templates = {form: template for form, template in templates.items() if template}
        self._contact = contact
        self._threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="notify")
        self._of_thread = threading.local()

    async def __aenter__(self) -> Self:
        """The way itself."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Take nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def forms(self) -> frozenset[Contact]:
        """Those that have a template."""
        return frozenset(self._templates)

    async def send(self, form: Contact, to: Recipient, notice: OutgoingNotification) -> str:
        """Send `notice`; see the protocol."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._send, form, to, notice)

    def _send(self, form: Contact, to: Recipient, notice: OutgoingNotification) -> str:
        try:
            return (self._known(notice) if notice.attempts > 1 else "") or _id_of(self._taken(form, to, notice))
        except HTTPError as error:
            raise _not_taken(error) from None
        except (APIError, KeyError, TypeError, AttributeError):
            # A 2xx that is not what Notify answers, such as a proxy's own page.
            raise NotificationRejected("answer unreadable") from None

    def _known(self, notice: OutgoingNotification) -> str:
        """The id of what an earlier try brought to Notify; empty: nothing."""
        found = self._client().get_all_notifications(reference=notice.reference)["notifications"]
        return _id_of(found[0]) if found else ""

    def _taken(self, form: Contact, to: Recipient, notice: OutgoingNotification) -> Any:
        template, client, words = self._templates[form], self._client(), notice.wording
        match form:
            case Contact.EMAIL:
                body = email_text(to.name, notice.ref, words, self._contact)
                fields = {"subject": subject(notice.ref), "body": body}
                return client.send_email_notification(to.address, template, fields, notice.reference)
            case Contact.TEXT:
                fields = {"body": text_message(words, self._contact)}
                return client.send_sms_notification(to.address, template, fields, notice.reference)
            case _:
                body = letter_text(to.name, notice.ref, words, self._contact)
                lines = enumerate(address_lines(to.name, to.address), 1)
                address = {f"address_line_{number}": line for number, line in lines}
                fields = {**address, "subject": words[0], "body": body}
                return client.send_letter_notification(template, fields, notice.reference)

    def _client(self) -> Any:
        """This thread's own: the client is not made to be shared."""
        if not hasattr(self._of_thread, "client"):
            self._of_thread.client = CLIENT(self._api_key, self._url, SECONDS_TO_ANSWER)
        return self._of_thread.client


def _id_of(notification: Mapping[str, Any]) -> str:
    return str(notification["id"])


def _not_taken(error: HTTPError) -> NotificationRejected:
    """What Notify says, as codes: its messages are for people, may change, and may repeat what was sent."""
    if error.response is None:
        return NotificationRejected("unreachable")
    kind = _kind(error)
    permanent = (error.status_code, kind) == REFUSES_THE_ADDRESS
    return NotificationRejected(f"status {error.status_code} {kind}".rstrip(), permanent=permanent)


def _kind(error: HTTPError) -> str:
    """The name of the first error in Notify's answer; empty where it has none."""
    errors = error.message
    first = errors[0] if isinstance(errors, list) and errors else None
    name = first.get("error") if isinstance(first, dict) else None
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z]{1,40}", name) else ""
